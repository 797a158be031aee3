"""Who may be one person under several ids: suggestions, as a list for --aliases.

谁可能是同一个人:给出线索,确认后用 --aliases 合并。
"""

import difflib
from typing import Annotated

import typer

from sqtool.cli._base import Command, Example
from sqtool.cli._options import Files, TableWriting, takes
from sqtool.errors import UsageError
from sqtool.i18n import t

ACTIONS = ("suggest",)
"""What can be done, as the first word."""

Action = Annotated[
    str,
    typer.Argument(
        metavar="ACTION",
        help=t(
            "suggest: who may be one person, and why; nothing is merged.",
            "suggest:谁可能是同一个人、依据是什么;不会自动合并。",
        ),
        show_default=False,
    ),
]


@takes
def alias(action: Action, files: Files, writing: TableWriting) -> int:
    """List pairs of ids with the evidence."""
    if action not in ACTIONS:
        close = difflib.get_close_matches(action, ACTIONS, 1, cutoff=0.5)
        hint = t(f"did you mean {close[0]}? ", f"是不是 {close[0]}?") if close else ""
        raise UsageError(
            t(f"alias cannot do this: {action}", f"alias 没有这个动作:{action}"),
            hint=hint + t(f"possible: {', '.join(ACTIONS)}", f"可用:{'、'.join(ACTIONS)}"),
        )
    return _suggest(files, writing)


def _suggest(files: Files, writing: TableWriting) -> int:
    from sqtool.cli._input import given, tell_repeated, tell_skipped, write_issues
    from sqtool.cli._listing import column, listing, table
    from sqtool.cli._output import Output
    from sqtool.cli._tell import ProgressBar, note
    from sqtool.metrics._tables import label
    from sqtool.pipeline import load
    from sqtool.suggestions import suggest

    Output.of("alias", writing, tables=True)  # complain about the form before reading
    with ProgressBar(quiet=writing.quiet) as progress:
        data = load(
            given(files),
            format=files.from_,
            chat=files.chat,
            tz=files.tz,
            date_order=files.date_order,
            allow_private=files.allow_private,
            on_progress=progress,
        )
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
            "sqtool alias suggest exports/", "who may be one person, and why", "谁可能是同一个人"
        ),
        Example(
            "sqtool alias suggest exports/ -o aliases.csv",
            "as a list: delete the rows that are wrong",
            "存成表,删掉不对的行",
        ),
        Example(
            "sqtool report exports/ --aliases aliases.csv",
            "each of them counted as one person",
            "合并后再看周报",
        ),
    ),
)
