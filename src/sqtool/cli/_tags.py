"""``--tags FILE``: gives chats their tags where there is no store to keep them."""

from dataclasses import replace
from pathlib import Path

import polars as pl

from sqtool.cli._options import Tagging, Writing
from sqtool.cli._tell import note
from sqtool.errors import UnreadableError
from sqtool.i18n import t
from sqtool.schema import Dataset
from sqtool.tag_files import put_together, read_tags

_LINES = 5


def given_tags(tagging: Tagging) -> None:
    """Complain about a missing file before chats are read for a minute.

    Raises:
        UnreadableError: If there is no such file.
    """
    if tagging.tags is not None and not tagging.tags.is_file():
        raise UnreadableError(t("no such tags file", "没有这个标签文件"), where=str(tagging.tags))


def tagged(data: Dataset, tagging: Tagging, writing: Writing) -> Dataset:
    """Return the dataset with the tags of the file; what names no chat of it is said on stderr.

    Raises:
        SqtoolError: As ``read_tags`` does.
    """
    if tagging.tags is None:
        return data
    chats = data.chats.select("chat_id", "name").collect()
    tags = read_own_tags(tagging.tags, chats, quiet=writing.quiet)
    return replace(data, tags=put_together(data.tags, tags))


def read_own_tags(path: Path, chats: pl.DataFrame, *, quiet: bool) -> pl.DataFrame:
    """Read tags of chats; what names none of them is said on stderr.

    Raises:
        SqtoolError: As ``read_tags`` does.
    """
    from sqtool.metrics.chats import CHATS

    titles = ([c.key for c in CHATS], [c.en for c in CHATS], [c.zh for c in CHATS])
    tags, strangers = read_tags(path, chats, [frozenset(one) for one in titles])
    if strangers:
        lines = ", ".join(map(str, strangers[:_LINES])) + (" …" if len(strangers) > _LINES else "")
        count = len(strangers)
        rows = "row names" if count == 1 else "rows name"
        note(
            t(
                f"{path.name}: {count} {rows} no chat of the input (line {lines})",
                f"{path.name}:{count} 行不是输入里的群(第 {lines} 行)",
            ),
            quiet=quiet,
        )
    return tags
