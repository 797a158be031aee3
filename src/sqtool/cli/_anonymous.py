"""``--anonymise`` on the command line: what is shown, noted or complained of names nobody."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from sqtool.context import Context
from sqtool.errors import SqtoolError, UsageError
from sqtool.i18n import t
from sqtool.schema import Dataset

_GROUP: Final = re.compile(r"(?:[^:]+:)?G-[2-9A-HJ-NP-Z]{10}")


@contextmanager
def unnamed(*typed: str, wanted: bool) -> Iterator[None]:
    """Keep files and chats that the user did not type out of errors.

    Args:
        typed: What the user wrote: sources, files.
        wanted: Whether to do so at all.
    """
    try:
        yield
    except SqtoolError as error:
        if not wanted:
            raise
        where = error.where if any(error.where in words for words in typed) else ""
        # Choices and guesses of a usage error are names of chats.
        hint = error.hint
        if isinstance(error, UsageError) and not where:
            hint = t("without --anonymise it says more", "不加 --anonymise 会说得更详细")
        raise type(error)(error.what, where=where, hint=hint) from None


def picks(chat: str | None) -> bool:
    """Whether ``--chat`` gives a pseudonym."""
    return chat is not None and _GROUP.fullmatch(chat) is not None


def picked(data: Dataset, chat: str, key: bytes) -> Dataset:
    """Return the dataset with the chat of this pseudonym.

    Raises:
        UsageError: If there is none.
    """
    from sqtool.pseudonyms import Pseudonyms

    pseudonyms = Pseudonyms(key)
    for chat_id in data.chats.select("chat_id").collect()["chat_id"]:
        if chat in (pseudonyms.chat(chat_id), pseudonyms.group(chat_id)):
            return data.only(chat_id)
    raise UsageError(t(f"no chat named {chat}", f"没有叫「{chat}」的群"))


def covered(data: Dataset, key: bytes) -> Dataset:
    """Return the dataset with pseudonyms."""
    from sqtool.anonymise import anonymise

    return anonymise(data, key)


def hidden(ctx: Context, data: Dataset, key: bytes) -> Context:
    """Return the same run over the covered dataset: staff and bots are its pseudonyms.

    Args:
        ctx: With staff and bots as the user named them.
        data: The dataset as it was read.
        key: The key.
    """
    from sqtool.anonymise import covered_names
    from sqtool.pseudonyms import Pseudonyms

    # A chat keeps its own targets under its pseudonym.
    covers = Pseudonyms(key)
    targets = ctx.settings.targets
    known = data.chats.select("chat_id", "name").collect().rows()
    chats = tuple(
        goal.model_copy(update={"chat": covers.chat(chat_id)})
        for goal in targets.chats
        for chat_id, shown in known
        if goal.chat in (chat_id, shown)
    )
    settings = ctx.settings.model_copy(
        update={"targets": targets.model_copy(update={"chats": chats})}
    )
    return replace(
        ctx,
        settings=settings,
        staff=covered_names(ctx.staff, data, key),
        bots=covered_names(ctx.bots, data, key),
    )
