"""The export formats that can be read, how to get such a file, and what it can tell.

能读取的导出格式:怎样得到这样的文件、里面有什么、没有什么。
"""

import difflib
from typing import Annotated

import typer

from sqtool.cli._base import Command, Example
from sqtool.cli._options import TableWriting
from sqtool.cli._takes import takes
from sqtool.errors import UsageError
from sqtool.i18n import t

Names = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[NAME...]",
        help=t("Formats, or parts of their names: weflow.", "格式名或其中一部分:weflow。"),
        show_default=False,
    ),
]


@takes
def formats(writing: TableWriting, names: Names = None) -> None:
    """List the parsers; with a name, all there is to know of those."""
    from sqtool.cli._facts import FACTS
    from sqtool.cli._listing import column, listing, on_screen, table
    from sqtool.parsers import PARSERS

    chosen = [p for p in PARSERS if not names or any(n.lower() in p.name for n in names)]
    if not chosen:
        close = difflib.get_close_matches((names or [""])[0], PARSERS.names(), 1)
        raise UsageError(
            t(f"no format named {' '.join(names or ())}", f"没有叫 {' '.join(names or ())} 的格式"),
            hint=t(f"did you mean {close[0]}?", f"是不是 {close[0]}?")
            if close
            else t("see: sqtool formats", "见:sqtool formats"),
        )
    chinese = writing.lang == "zh" if writing.lang else t("", "zh") == "zh"
    words = {fact: word[chinese] for fact, word in FACTS.items()}
    joint = "、" if chinese else ", "
    rows = [
        (
            p.name,
            p.title,
            p.obtain[chinese],
            joint.join(words[f] for f in words if f in p.carries),
            joint.join(words[f] for f in words if f not in p.carries),
        )
        for p in chosen
    ]
    columns = [
        column("format", "格式"), column("title", "名称"), column("obtain", "怎样得到"),
        column("tells", "能提供"), column("lacks", "没有"),
    ]  # fmt: skip
    if not names and on_screen(writing):
        columns, rows = columns[:2] + columns[3:4], [(a, b, d) for a, b, _, d, _ in rows]  # type: ignore[misc]
    made = table("formats", ("", ""), columns, rows)
    listing("formats", ("Formats", "格式"), [made], writing)


COMMAND = Command(
    formats,
    (
        Example("sqtool formats", "names for --from", "--from 可用的名称"),
        Example(
            "sqtool formats weflow", "how to get them, what is in them", "怎样导出、里面有什么"
        ),
        Example("sqtool formats --json", "for other programs", "供其他程序使用"),
    ),
)
