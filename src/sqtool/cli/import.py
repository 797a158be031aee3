"""Take exports into the store: what it knows already adds nothing.

把导出文件收进存储库;重复、重叠的部分不会重复计入。
"""

from typing import Annotated

from sqtool.cli._base import Command, Example
from sqtool.cli._flags import StoreOption, option
from sqtool.cli._options import Files, TableWriting
from sqtool.cli._takes import takes
from sqtool.i18n import t


@takes
def import_(
    files: Files,
    writing: TableWriting,
    store: StoreOption = None,
    into: Annotated[
        str | None,
        option(
            "--into",
            en="All of it belongs to this chat of the store (name or id).",
            zh="全部归入存储库里的这个群(群名或群号)。",
            panel="source",
            value="NAME",
        ),
    ] = None,
) -> int:
    """Import, and tell of each chat what was new, known and enriched."""
    from sqtool.cli._input import request, tell_skipped, write_issues
    from sqtool.cli._listing import column, listing, table
    from sqtool.cli._output import Output
    from sqtool.cli._tell import ProgressBar, note
    from sqtool.store._place import Place
    from sqtool.store.importing import import_files

    Output.of("import", writing, tables=True)  # complain about the form before importing
    place = Place.of(store)
    with ProgressBar(quiet=writing.quiet) as progress:
        done = import_files(place, request(files, progress), into=into)
    if files.issues is not None:
        write_issues(done.issues, files.issues, quiet=writing.quiet)
    for title in done.same_files:
        words = t(f"{title}: imported before, nothing new", f"{title}:之前已导入,没有新内容")
        note(words, quiet=writing.quiet)
    if done.id is None:
        return 0
    rows = [
        (chat.chat_id, chat.name, chat.new, chat.known, chat.enriched, chat.total)
        for chat in sorted(done.chats, key=lambda chat: (-chat.new, chat.chat_id))
    ]
    columns = [
        column("chat_id", "群 ID", "id", "chat"), column("name", "群名", "name"),
        column("new", "新增", "count"), column("known", "已有", "count"),
        column("enriched", "补全", "count"),
        column("messages", "库内消息", "count", "in the store"),
    ]  # fmt: skip
    listing("import", ("Import", "导入"), [table("chats", ("Chats", "群"), columns, rows)], writing)
    note(
        t(f"import {done.id}, into {place.address} (take it back: sqtool undo)",
          f"第 {done.id} 次修改,已写入 {place.address}(撤销:sqtool undo)"),
        quiet=writing.quiet,
    )  # fmt: skip
    return tell_skipped(files, done.issues, quiet=writing.quiet)


COMMAND = Command(
    import_,
    (
        Example("sqtool import exports/", "all new messages of all chats", "导入所有群的新消息"),
        Example("sqtool import 周一.zip --store D:/社群", "another store", "用另一个存储库"),
        Example("sqtool import new.txt --into 3群", "the chat it belongs to", "指定归入哪个群"),
    ),
)
