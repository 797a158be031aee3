"""ChatLab interchange format 0.0.2 as one JSON object: one file per chat.

ChatLab 交换格式 0.0.2(JSON):每个群一个文件。
"""

from sqtool.writers._base import Job, Writer
from sqtool.writers._chatlab import header, line, members, messages


def _write(job: Job) -> None:
    for chat in job.chats:
        head = line(header(chat)).strip()[:-1]  # left open
        with job.path.open("wb") as file:
            # The order matters: readers look for meta at the beginning.
            file.write(head + b',\n"members":[')
            for number, member in enumerate(members(chat, job.losses)):
                file.write((b",\n" if number else b"\n") + line(member).rstrip())
            file.write(b'\n],\n"messages":[')
            first = True
            for texts in messages(chat, job.losses):
                for text in texts:
                    file.write((b"\n" if first else b",\n") + text.encode())
                    first = False
            file.write(b"\n]}\n")


WRITER = Writer(name="json", suffix=".json", write=_write, one_chat=True)
