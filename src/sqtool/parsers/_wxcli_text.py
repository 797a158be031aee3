"""What wx-cli prints for one message in its text and its Markdown, where no type is given."""

import polars as pl

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._wechat_text import read_texts
from sqtool.parsers._wxcli import NOTICE_MARK, QUOTE

USUAL_LIMIT = 500
"""How many messages the tool gives, the newest, unless it is asked for more."""

_NOTHING = ("[系统消息]", "")


def read_printed(rows: pl.DataFrame) -> pl.DataFrame:
    """Read messages.

    Args:
        rows: ``line``, ``wall_at``, ``sender_name`` (null on notices), ``content``.

    Returns:
        Columns of ``RAW_MESSAGES``.
    """
    content = pl.col("content")
    system = content.str.contains(NOTICE_MARK) | pl.col("sender_name").is_null()
    quote = ~system & content.str.starts_with("[引用]")
    said = pl.when(quote).then(content.str.replace(r"^\[引用\] ?", ""))
    notice = content.str.replace(NOTICE_MARK, "")
    return read_texts(
        rows.with_columns(
            system=system,
            content=pl.when(system)
            .then(pl.when(~notice.is_in(_NOTHING)).then(notice).otherwise(pl.lit("")))
            .otherwise(pl.coalesce(said.str.replace(QUOTE, ""), content)),
            quoted_sender=said.str.extract(QUOTE, 1),
            quoted_text=said.str.extract(QUOTE, 2),
        )
    )


def check_count(export: Export, issues: IssueLog, stated: int | None, found: int) -> None:
    """Note a number of messages that is not the stated one, or the tool's usual limit."""
    if stated is not None and stated != found:
        detail = f"the file states {stated} messages and holds {found}"
        issues.add("count-mismatch", export.title, rows=0, detail=detail)
    if found == USUAL_LIMIT:
        detail = f"exactly {found} messages, the tool's limit: older ones may be missing"
        issues.add("rows-may-be-missing", export.title, rows=0, detail=detail)
