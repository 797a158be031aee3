"""The export formats that can be read.

能读取的导出格式。
"""

from sqtool.cli._base import Command, Example
from sqtool.cli._options import TableWriting, takes


@takes
def formats(writing: TableWriting) -> None:
    """List the parsers."""
    from sqtool.cli._listing import listing
    from sqtool.parsers import PARSERS

    rows = [(parser.name, parser.title, parser.platform) for parser in PARSERS]
    columns = (("format", "格式"), ("title", "名称"), ("platform", "平台"))
    listing("formats", ("Formats", "格式"), columns, rows, writing)


COMMAND = Command(
    formats,
    (
        Example("sqtool formats", "names for --from", "--from 可用的名称"),
        Example("sqtool formats --json", "for other programs", "供其他程序使用"),
    ),
)
