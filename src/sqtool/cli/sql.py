"""Ask the store's tables in SQL: the engineer's way in.

用 SQL 查询存储库。
"""

from typing import Annotated

import typer

from sqtool.cli._base import Command, Example
from sqtool.cli._flags import StoreOption
from sqtool.cli._options import TableWriting
from sqtool.cli._takes import takes
from sqtool.i18n import t

Query = Annotated[
    str | None,
    typer.Argument(
        metavar="[QUERY]",
        help=t(
            "A SELECT over chats, members, messages, lists, tags, aliases, imports, issues; none"
            " lists the tables and their columns.",
            "SELECT 语句,可查表 chats、members、messages、lists、tags、aliases、imports、issues;"
            "不给则列出各表的列。",
        ),
        show_default=False,
    ),
]


@takes
def sql(writing: TableWriting, query: Query = None, store: StoreOption = None) -> None:
    """Run a query, or list what can be asked."""
    from sqtool.cli._listing import column, listing, table
    from sqtool.cli._output import Output
    from sqtool.cli._store import as_columns
    from sqtool.reports._blocks import ResultTable
    from sqtool.store.query import run, tables
    from sqtool.store.store import Store

    Output.of("sql", writing, tables=True)
    opened = Store.open(store)
    if query is None:
        rows = [
            (name, key, str(dtype))
            for name, schema in tables().items()
            for key, dtype in schema.items()
        ]
        columns = [column("table", "表"), column("column", "列"), column("type", "类型")]
        made = table("columns", ("Tables", "表与列"), columns, rows)
        listing("sql", ("Tables of the store", "存储库的表"), [made], writing)
        return
    frame = run(opened, query)
    shown = ResultTable("result", t("Result", "结果"), as_columns(frame), frame)
    listing("sql", ("Query", "查询结果"), [shown], writing)


COMMAND = Command(
    sql,
    (
        Example(
            'sqtool sql "SELECT name, messages, last_at FROM chats ORDER BY last_at"',
            "quiet chats first", "最安静的群在前",
        ),
        Example(
            "sqtool sql \"SELECT sender_id, COUNT(*) AS n FROM messages"
            " WHERE kind = 'red_packet' GROUP BY sender_id ORDER BY n DESC LIMIT 10\" --csv",
            "who sends red packets", "谁发的红包最多",
        ),
    ),
)  # fmt: skip
