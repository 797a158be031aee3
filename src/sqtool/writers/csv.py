"""CSV: one row per message of all chats, English column names, plain UTF-8.

CSV:所有群的消息,每条一行,英文列名,UTF-8。
"""

from sqtool.writers._base import Job, Writer
from sqtool.writers._flat import flat_messages, tell_facts_lost


def _write(job: Job) -> None:
    with job.path.open("wb") as file:
        first = True
        for chat in job.chats:
            for chunk in chat.chunks:
                frame = flat_messages(chunk.read(), chat.chat, job.tz)
                frame.write_csv(file, include_header=first)
                chunk.drop()
                first = False
            tell_facts_lost(chat, job.losses)


WRITER = Writer(name="csv", suffix=".csv", write=_write)
