"""What was done to the store: imports and other changes, newest first.

存储库的修改记录:导入、撤销等,最近的在前。
"""

from sqtool.cli._base import Command, Example
from sqtool.cli._flags import StoreOption
from sqtool.cli._options import TableWriting
from sqtool.cli._takes import takes


@takes
def imports(writing: TableWriting, store: StoreOption = None) -> None:
    """List the changes."""
    from sqtool.cli._listing import column, listing, table
    from sqtool.cli._store import named, state_of
    from sqtool.store.history import changes
    from sqtool.store.store import Store

    rows = []
    for row in changes(Store.open(store)).iter_rows(named=True):
        counts = [row[name] for name in ("chats", "new", "known", "enriched", "skipped")]
        at = row["at"].astimezone().replace(tzinfo=None)
        rows.append((row["id"], at, row["what"], state_of(row), *counts, named(row)))
    columns = [
        column("id", "编号", "count"), column("at", "时间", "datetime"), column("what", "操作"),
        column("state", "状态"), column("chats", "群数", "count"), column("new", "新增", "count"),
        column("known", "已有", "count"), column("enriched", "补全", "count"),
        column("skipped", "跳过", "count"), column("files", "文件"),
    ]  # fmt: skip
    made = table("imports", ("Changes", "修改记录"), columns, rows)
    listing("imports", ("Changes of the store", "存储库的修改记录"), [made], writing)


COMMAND = Command(
    imports,
    (
        Example("sqtool imports", "what was imported when", "什么时候导入过什么"),
        Example("sqtool imports --json", "for other programs", "供其他程序使用"),
    ),
)
