"""ChatLab interchange format 0.0.2 as JSON lines: one file per chat.

ChatLab 交换格式 0.0.2(JSONL):每个群一个文件。
"""

from sqtool.writers._base import Job, Writer
from sqtool.writers._chatlab import header, line, members, messages


def _write(job: Job) -> None:
    for chat in job.chats:
        with job.path.open("wb") as file:
            file.write(line({"_type": "header", **header(chat)}))
            for member in members(chat, job.losses):
                file.write(line({"_type": "member", **member}))
            for texts in messages(chat, job.losses):
                for text in texts:
                    file.write(b'{"_type":"message",' + text[1:].encode() + b"\n")


WRITER = Writer(name="jsonl", suffix=".jsonl", write=_write, one_chat=True)
