"""Say which format a file is in, and by which evidence.

判断文件是哪种导出格式,并说明依据。
"""

from typing import Annotated

import typer

from sqtool.cli._base import Command, Example
from sqtool.cli._options import TableWriting, takes
from sqtool.errors import ExitCode
from sqtool.i18n import t

Files = Annotated[
    list[str],
    typer.Argument(
        metavar="FILE...", help=t("Files, folders, zips or -.", "文件、文件夹、zip,或 -。")
    ),
]


@takes
def detect(files: Files, writing: TableWriting) -> int:
    """Ask every parser about each file; one that nobody knows makes the exit code 3."""
    from sqtool.cli._listing import listing
    from sqtool.detect import survey
    from sqtool.export import find_exports

    code = ExitCode.OK
    rows: list[tuple[str | None, ...]] = []
    for found in survey(find_exports(files)):
        name = found.export.title
        if found.parser is None or found.match is None:
            code = max(code, found.error.code if found.error else ExitCode.OK)
            rows.append((name, None, None, found.error.what if found.error else None))
        else:
            sure = found.match.confidence.name.lower()
            rows.append((name, found.parser.name, sure, found.match.evidence))
    columns = (("file", "文件"), ("format", "格式"), ("confidence", "把握"), ("evidence", "依据"))
    listing("detect", ("Formats found", "识别结果"), columns, rows, writing)
    return int(code)


COMMAND = Command(
    detect,
    (
        Example("sqtool detect chat.txt", "format and evidence", "格式与依据"),
        Example("sqtool detect exports/ --csv", "of every file in a folder", "文件夹里的每个文件"),
    ),
)
