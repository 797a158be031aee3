"""Say which format a file is in, by which evidence, and which chats are inside.

判断文件是哪种导出格式、依据是什么、里面有哪些群。
"""

from typing import Annotated, Any

import typer

from sqtool.cli._base import Command, Example
from sqtool.cli._flags import option
from sqtool.cli._options import TableWriting
from sqtool.cli._takes import takes
from sqtool.errors import ExitCode, SqtoolError
from sqtool.i18n import t

Sources = Annotated[
    list[str],
    typer.Argument(
        metavar="FILE...", help=t("Files, folders, zips or -.", "文件、文件夹、zip,或 -。")
    ),
]


@takes
def detect(
    files: Sources,
    writing: TableWriting,
    quick: Annotated[
        bool,
        option(
            "--quick",
            en="Look at the beginning of each file only: no chats, no span.",
            zh="只看文件开头:不列出群和时间范围。",
            panel="source",
        ),
    ] = False,
    tz: Annotated[
        str,
        option(
            "--tz",
            en="Time zone of what is shown (Asia/Shanghai).",
            zh="显示所用时区(默认 Asia/Shanghai)。",
            panel="source",
            value="ZONE",
        ),
    ] = "Asia/Shanghai",
) -> int:
    """Ask every parser about each file; one that nobody knows makes the exit code 3."""
    from sqtool.cli._listing import column, listing, on_screen, table
    from sqtool.detect import survey
    from sqtool.inside import chats_inside
    from sqtool.sources import find_exports

    code = ExitCode.OK
    rows: list[tuple[Any, ...]] = []
    for found in survey(find_exports(files)):
        name = found.export.title
        if found.beside:
            name += f" (+{len(found.beside)})"
        if found.parser is None or found.match is None:
            error = found.error
            code = max(code, error.code if error else ExitCode.OK)
            rows.append((name, None, *[None] * 5, None, error.what if error else None))
            continue
        head = (name, found.parser.name)
        why = (found.match.confidence.name.lower(), found.match.evidence)
        if quick:
            rows.append((*head, *[None] * 5, *why))
            continue
        try:
            inside = list(chats_inside(found, tz))
        except SqtoolError as error:
            code = max(code, error.code)
            rows.append((*head, *[None] * 5, why[0], error.what))
            continue
        rows += [(*head, c.name, c.messages, c.people, c.first, c.last, *why) for c in inside]
        if not inside:
            rows.append((*head, None, 0, 0, None, None, *why))
    columns = [
        column("file", "文件"), column("format", "格式"), column("chat", "群", "name"),
        column("messages", "消息", "count"), column("people", "发言人", "count"),
        column("first", "最早", "date"), column("last", "最晚", "date"),
        column("confidence", "把握"), column("evidence", "依据"),
    ]  # fmt: skip
    if quick:
        columns, rows = columns[:2] + columns[7:], [row[:2] + row[7:] for row in rows]
    tables = [table("detect", ("", ""), columns, rows)]
    if on_screen(writing) and not quick:
        # Everything in one table is too wide to be read.
        reasons = list(dict.fromkeys((row[0], *row[7:]) for row in rows))
        tables = [
            table("detect", ("", ""), columns[:7], [row[:7] for row in rows]),
            table("evidence", ("Evidence", "依据"), [columns[0], *columns[7:]], reasons),
        ]
    listing("detect", ("Formats found", "识别结果"), tables, writing)
    return int(code)


COMMAND = Command(
    detect,
    (
        Example("sqtool detect chat.txt", "format, evidence, chats", "格式、依据、里面的群"),
        Example("sqtool detect exports/ --csv", "of every file in a folder", "文件夹里的每个文件"),
        Example("sqtool detect big.json --quick", "the format alone", "只看格式"),
    ),
)
