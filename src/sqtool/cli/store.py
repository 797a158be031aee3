"""Look after the store: what is in it, fewer and smaller files, the present schema.

维护存储库:查看内容、压缩整理、升级格式。
"""

from typing import Annotated

import typer

from sqtool.cli._base import Command, Example
from sqtool.cli._flags import StoreOption
from sqtool.cli._options import TableWriting
from sqtool.cli._takes import takes
from sqtool.errors import UsageError
from sqtool.i18n import t

ACTIONS = ("info", "compact", "migrate")
Action = Annotated[
    str,
    typer.Argument(
        metavar="[ACTION]",
        help=t("info (default), compact or migrate.", "info(默认)、compact 或 migrate。"),
        show_default=False,
    ),
]


@takes
def store(writing: TableWriting, action: Action = "info", store: StoreOption = None) -> None:
    """Describe, compact or migrate the store."""
    from sqtool.cli._listing import column, listing, table
    from sqtool.cli._tell import note
    from sqtool.store import upkeep
    from sqtool.store._place import Place

    place = Place.of(store)
    if action == "compact":
        before, after = upkeep.compact(place)
        words = t(f"{before:,} files, now {after:,}", f"文件数 {before:,} → {after:,}")
        note(words, quiet=writing.quiet)
    elif action == "migrate":
        old, new = upkeep.migrate(place)
        words = t(f"schema {old}, now {new}", f"格式版本 {old} → {new}")
        note(words, quiet=writing.quiet)
    elif action != "info":
        raise UsageError(
            t(f"store cannot {action}", f"store 没有 {action} 操作"),
            hint=t("possible: ", "可用:") + ", ".join(ACTIONS),
        )
    tables = upkeep.describe(place)
    columns = [
        column("table", "表"), column("rows", "行数", "count"), column("files", "文件数", "count"),
        column("bytes", "字节", "count"),
    ]  # fmt: skip
    made = table("tables", (place.address, place.address), columns, tables.rows())
    listing("store", ("Store", "存储库"), [made], writing)


COMMAND = Command(
    store,
    (
        Example("sqtool store", "where it is and what is in it", "存储库在哪里、有什么"),
        Example("sqtool store compact", "once in a while", "偶尔整理一次"),
    ),
)
