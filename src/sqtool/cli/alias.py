"""Who is one person under several ids: suggestions, and what the store is told of it.

谁是同一个人:给出线索,确认后记入存储库或用 --aliases 合并。
"""

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sqtool.cli._base import Command, Example
from sqtool.cli._flags import StoreOption
from sqtool.cli._options import Files, TableWriting
from sqtool.cli._takes import takes
from sqtool.errors import UsageError
from sqtool.i18n import t

if TYPE_CHECKING:
    import polars as pl

ACTIONS = ("suggest", "list", "add", "split", "import")
"""What can be done, as the first word."""

Action = Annotated[
    str,
    typer.Argument(
        metavar="ACTION",
        help=t(
            "suggest [SOURCE...]: who may be one person; list: the store's aliases;"
            " add ID OTHER, import FILE: OTHER becomes ID; split ID...: take that back.",
            "suggest [文件…]:谁可能是同一个人;list:存储库里的别名;"
            "add ID 另一ID、import 文件:把另一 ID 并入 ID;split ID…:拆开。",
        ),
        show_default=False,
    ),
]


@takes
def alias(action: Action, files: Files, writing: TableWriting, store: StoreOption = None) -> int:
    """Suggest pairs of ids, or keep them in the store."""
    words = list(files.source or ())
    match action:
        case "suggest":
            return _suggest(files, writing, store)
        case "list":
            from sqtool.cli._stored import open_store

            _show(open_store(store).scan("aliases").collect(), writing)
        case "add" | "import":
            _add(action, words, files.chat, writing, store)
        case "split":
            from sqtool.store._place import Place
            from sqtool.store.keeping import split_aliases

            _show(split_aliases(Place.of(store), _needed(words, "split ID...")), writing)
        case _:
            close = difflib.get_close_matches(action, ACTIONS, 1, cutoff=0.5)
            hint = t(f"did you mean {close[0]}? ", f"是不是 {close[0]}?") if close else ""
            raise UsageError(
                t(f"alias cannot do this: {action}", f"alias 没有这个动作:{action}"),
                hint=hint + t(f"possible: {', '.join(ACTIONS)}", f"可用:{'、'.join(ACTIONS)}"),
            )
    return 0


def _add(
    action: str, words: list[str], chat: str | None, writing: TableWriting, given: str | None
) -> None:
    import polars as pl

    from sqtool.alias_files import read_aliases
    from sqtool.aliases import ALIASES, with_ids
    from sqtool.cli._stored import open_store
    from sqtool.issues import IssueLog
    from sqtool.store._place import Place
    from sqtool.store.keeping import put_aliases

    store = open_store(given)
    if action == "import":
        (path,) = _needed(words, "import FILE", 1)
        found = with_ids(store.dataset(), read_aliases(Path(path)), IssueLog(), Path(path).name)
    else:
        stays, other = _needed(words, "add ID OTHER", 2)
        chats = store.find(chat) if chat else [None]
        rows = [{"chat_id": chat_id, "member_id": stays, "other_id": other} for chat_id in chats]
        found = pl.DataFrame(rows, schema=ALIASES)
    _show(put_aliases(Place.of(given), found.select(ALIASES.names())), writing)


def _needed(words: list[str], usage: str, count: int | None = None) -> list[str]:
    if not words or (count is not None and len(words) != count):
        raise UsageError(t("words are missing", "参数不对"), hint=f"sqtool alias {usage}")
    return words


def _show(aliases: "pl.DataFrame", writing: TableWriting) -> None:
    from sqtool.cli._listing import column, listing, table

    columns = [
        column("chat_id", "群", "id", "chat"), column("member_id", "成员 ID", "id", "member"),
        column("other_id", "另一 ID", "id", "other id"),
    ]  # fmt: skip
    rows = aliases.select("chat_id", "member_id", "other_id").rows()
    title = ("Aliases", "别名")
    listing("alias", title, [table("aliases", title, columns, rows)], writing)


def _suggest(files: Files, writing: TableWriting, store: str | None) -> int:
    from sqtool.cli._input import tell_repeated, tell_skipped, write_issues
    from sqtool.cli._listing import column, listing, table
    from sqtool.cli._output import Output
    from sqtool.cli._stored import open_store
    from sqtool.cli._tell import ProgressBar, note
    from sqtool.metrics._tables import label
    from sqtool.pipeline import load
    from sqtool.suggestions import suggest

    Output.of("alias", writing, tables=True)  # complain about the form before reading
    if files.source:
        with ProgressBar(quiet=writing.quiet) as progress:
            data = load(
                files.source,
                format=files.from_,
                chat=files.chat,
                tz=files.tz,
                date_order=files.date_order,
                allow_private=files.allow_private,
                on_progress=progress,
            )
    else:
        opened = open_store(store)
        data = opened.dataset(opened.find(files.chat) if files.chat else None)
    if files.issues is not None:
        write_issues(data.issues, files.issues, quiet=writing.quiet)
    found = suggest(data, files.tz)
    columns = [
        column("chat_id", "群", "id", "chat"), column("member_id", "成员 ID", "id", "member"),
        column("other_id", "另一 ID", "id", "other id"), column("names", "名字", "name"),
        label("evidence", "evidence", "依据", "same_person"),
        column("n", "消息", "count", "messages"),
    ]  # fmt: skip
    title = ("Likely one person", "可能是同一个人")
    listing("alias", title, [table("suggest", title, columns, found.rows())], writing)
    if found.height:
        words = t(
            "delete the rows that are wrong, then give the list with --aliases FILE",
            "删掉不对的行,再用 --aliases 文件 合并",
        )
        note(words, quiet=writing.quiet)
    tell_repeated(data.imports, quiet=writing.quiet)
    return tell_skipped(files, data.issues, quiet=writing.quiet)


COMMAND = Command(
    alias,
    (
        Example(
            "sqtool alias suggest exports/ -o aliases.csv",
            "who may be one person, and why: delete the rows that are wrong",
            "谁可能是同一个人;存成表,删掉不对的行",
        ),
        Example(
            "sqtool report exports/ --aliases aliases.csv",
            "each of them counted as one person",
            "合并后再看周报",
        ),
        Example("sqtool alias import aliases.csv", "the store keeps them", "记入存储库"),
        Example("sqtool alias split 10002", "two persons again", "拆开"),
    ),
)
