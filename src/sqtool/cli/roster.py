"""Member lists of the store's chats: successive ones show who came and who left.

存储库里的成员名单:隔段时间存一份,就能看出谁进谁退。
"""

from typing import Annotated

import typer

from sqtool.cli._base import Command, Example
from sqtool.cli._flags import StoreOption, option
from sqtool.cli._options import TableWriting
from sqtool.cli._takes import takes
from sqtool.errors import UsageError
from sqtool.i18n import t

ACTIONS = ("list", "import")
Action = Annotated[
    str,
    typer.Argument(
        metavar="[ACTION]",
        help=t("list (default), or import FILE...", "list(默认),或 import 文件…"),
        show_default=False,
    ),
]
Lists = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[[DATE=]FILE...]",
        help=t("Lists (CSV, xlsx, JSON), perhaps with their day.", "名单文件,前面可写日期。"),
        show_default=False,
    ),
]
ChatOption = Annotated[
    str | None,
    option(
        "--chat", en="The chat the lists are of (name or id).", zh="名单是哪个群的(群名或群号)。",
        panel="source", value="NAME",
    ),
]  # fmt: skip
ZoneOption = Annotated[
    str, option("--tz", en="Time zone of dates.", zh="日期所用时区。", panel="source", value="ZONE")
]


@takes
def roster(
    writing: TableWriting,
    action: Action = "list",
    files: Lists = None,
    chat: ChatOption = None,
    store: StoreOption = None,
    tz: ZoneOption = "Asia/Shanghai",
) -> None:
    """Keep member lists, or tell which there are."""
    from sqtool.cli._listing import column, listing, table
    from sqtool.cli._stored import open_store
    from sqtool.cli._tell import note
    from sqtool.context import zone
    from sqtool.store._place import Place
    from sqtool.store.keeping import import_rosters, rosters

    if action not in ACTIONS:
        raise UsageError(
            t(f"roster cannot do this: {action}", f"roster 没有这个动作:{action}"),
            hint=t("possible: ", "可用:") + ", ".join(ACTIONS),
        )
    opened = open_store(store)
    if action == "import":
        if not files:
            raise UsageError(t("no list given", "没有给出名单"), hint="sqtool roster import FILE")
        ids = opened.find(chat) if chat else opened.chats["chat_id"].to_list()
        if len(ids) != 1:
            raise UsageError(t("a list is of one chat", "名单只能对应一个群"), hint="--chat NAME")
        issues = import_rosters(Place.of(store), ids[0], files, zone(tz))
        for code, file, line, detail in issues.select("code", "file", "line", "detail").rows():
            at = f"{file}:{line}" if line is not None else file
            note(f"{at}: {code}: {detail}", quiet=writing.quiet)
        opened = open_store(store)
    told = rosters(opened, opened.find(chat) if chat else None, zone(tz))
    columns = [
        column("chat_id", "群 ID", "id", "chat"), column("name", "群名", "name"),
        column("taken_on", "名单日期", "date", "of"), column("file", "文件"),
        column("people", "人数", "count"), column("columns", "自带的列"),
    ]  # fmt: skip
    title = ("Member lists", "成员名单")
    listing("roster", title, [table("lists", title, columns, told.rows())], writing)


COMMAND = Command(
    roster,
    (
        Example(
            "sqtool roster import 2026-03-01=名单.xlsx --chat 3群",
            "the list of that day",
            "存下那一天的名单",
        ),
        Example("sqtool roster", "which lists there are", "有哪些名单"),
        Example(
            "sqtool growth --chat 3群", "who came and went between them", "两次名单之间谁进谁退"
        ),
    ),
)
