"""Check exports: rows kept and skipped, what is wrong and where, what is missing.

检查导出文件:读了多少、跳过多少、错在哪里、缺了什么。
"""

from typing import Annotated, Any

from sqtool.cli._base import Command, Example
from sqtool.cli._flags import option
from sqtool.cli._options import Files, TableWriting
from sqtool.cli._takes import takes
from sqtool.errors import UsageError
from sqtool.i18n import t

PLACES = 5
"""Of each kind of issue so many places are named; --issues writes all."""

_CHECKS = {
    "gap": ("silence that looks like a hole (days)", "疑似缺失的空白(天)"),
    "no-message-id": ("messages without an id", "没有编号的消息"),
    "no-member-id": ("people known by name alone", "只有名字没有编号的人"),
    "no-sender": ("messages nobody is known to have sent", "不知是谁发的消息"),
    "unparsed-kind": ("messages of an unknown kind", "类型不明的消息"),
    "unread-notice": ("notices that could not be read", "读不懂的系统消息"),
    "lost-reply": ("replies to messages that are not here", "被回复的消息不在记录里"),
}


@takes
def validate(
    files: Files,
    writing: TableWriting,
    table: Annotated[
        str | None,
        option(
            "--table", en="Only this table: files, issues, coverage.",
            zh="只要这张表:files、issues、coverage。", value="NAME",
        ),
    ] = None,
) -> int:  # fmt: skip
    """Read everything and account for every row."""
    import polars as pl

    from sqtool.cli._input import given, tell_skipped, write_issues
    from sqtool.cli._listing import column, is_for_people, listing
    from sqtool.cli._listing import table as make
    from sqtool.cli._tell import ProgressBar
    from sqtool.coverage import coverage
    from sqtool.pipeline import load

    if table not in (None, "files", "issues", "coverage"):
        raise UsageError(
            t(f"validate has no table {table}", f"validate 没有表 {table}"),
            hint="files, issues, coverage",
        )
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
    accounts = data.imports.select(
        "file", "format", "encoding", "chats", "rows_in", "rows_kept", "rows_duplicate",
        "rows_skipped", pl.col("rows_other_chats").fill_null(0),
    ).rows()  # fmt: skip
    tables = [
        make(
            "files", ("Files", "文件"),
            [column("file", "文件"), column("format", "格式"), column("encoding", "编码"),
             column("chats", "群", "count"), column("rows_in", "记录", "count"),
             column("rows_kept", "保留", "count"), column("rows_duplicate", "重复", "count"),
             column("rows_skipped", "跳过", "count"),
             column("rows_other_chats", "其他群", "count", en="other chats")],
            accounts,
        ),
        make(
            "issues", ("Issues", "问题"),
            [column("code", "代码"), column("file", "文件"), column("times", "次数", "count"),
             column("rows", "跳过的记录", "count"), column("where", "位置(行或条)"),
             column("detail", "说明")],
            _issues(data.issues, for_people=is_for_people(writing)),
        ),
        make(
            "coverage", ("Coverage", "完整性"),
            [column("chat", "群", "name"), column("check", "检查"),
             column("count", "数量", "count"), column("of", "总数", "count"),
             column("detail", "说明")],
            [
                (chat, t(*_CHECKS[check]), count, of, detail)
                for chat, check, count, of, detail in coverage(data, files.tz).iter_rows()
            ],
        ),
    ]  # fmt: skip
    listing("validate", ("Check of the files", "文件检查"), tables, writing, only=table)
    return tell_skipped(files, data.issues, quiet=writing.quiet)


def _issues(issues: Any, *, for_people: bool) -> list[tuple[object, ...]]:
    """Return issues by code and file, with the first places of each.

    Codes and details are English in every language: people also get what the code means.
    """
    import polars as pl

    from sqtool.cli._issue_titles import explained

    grouped = issues.group_by("code", "file", "detail", maintain_order=True).agg(
        times=pl.len(), rows=pl.col("rows").sum(), lines=pl.col("line").drop_nulls()
    )
    out: list[tuple[object, ...]] = []
    for code, file, detail, times, rows, lines in grouped.select(
        "code", "file", "detail", "times", "rows", "lines"
    ).iter_rows():
        shown = ", ".join(f"{file}:{line}" for line in lines[:PLACES])
        more = f" … (+{len(lines) - PLACES})" if len(lines) > PLACES else ""
        said = explained(code, detail or "") if for_people else detail
        out.append((code, file, times, rows, shown + more, said))
    return out


COMMAND = Command(
    validate,
    (
        Example("sqtool validate chat.txt", "what was read, what was not", "读了什么、没读什么"),
        Example(
            "sqtool validate exports/ --strict", "exit 5 if a row was lost", "有丢失则以 5 退出"
        ),
        Example(
            "sqtool validate exports/ --table issues --csv",
            "every problem with file and line",
            "所有问题及其文件和行号",
        ),
    ),
)
