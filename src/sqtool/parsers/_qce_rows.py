"""QCE records as frames: gathered row by row, put in order once the last one is read.

Only then is it known which number belongs to a uid, which messages replies mean, and whether recall
flags mean anything. Until then the frames wait; they are a tenth of the file's size.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import polars as pl

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers._base import raw_frame
from sqtool.parsers._json_items import instants, lists, text_of, texts
from sqtool.parsers._qce import (
    PSEUDO_IDS,
    PSEUDO_NAMES,
    Data,
    Message,
    Person,
    Reply,
    mentions,
    person,
    said,
)
from sqtool.parsers._qce_tips import tip

SUSPICIOUS_RUN: Final = 10
"""So many last records of one moment, by several people: v6 gives the export time to those whose
time is unknown."""
_FRAME_ROWS: Final = 65_536

_COLUMNS: Final = (
    "sender_id", "sender_name", "kind", "text", "reply_to_id", "quoted_sender", "quoted_text",
    "mention_ids", "mention_names", "event", "actor_id", "actor_name", "target_ids",
    "target_names", "_reply_uin", "_reply_at", "_trace",
)  # fmt: skip
_LISTS: Final = ("mention_ids", "mention_names", "target_ids", "target_names")
_Row = tuple[Any, ...]


@dataclass
class Rows:
    """The records of one file, and what is learnt while they pass by."""

    group: str | None = None
    numbers: dict[str, str] = field(default_factory=dict)  # uid → QQ number
    accounts: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)
    bots: set[str] = field(default_factory=set)
    records: int = 0
    recalled: int = 0
    _people: dict[_Row, Person] = field(default_factory=dict)
    _rows: list[_Row] = field(default_factory=list)
    _lines: list[int] = field(default_factory=list)
    _stamps: list[Any] = field(default_factory=list)
    _ids: list[Any] = field(default_factory=list)
    _frames: list[pl.DataFrame] = field(default_factory=list)

    def add(self, messages: list[Message], records: Sequence[int] | None = None) -> None:
        """Take decoded records, and their numbers if they are not just the next ones."""
        if records is None:
            records = range(self.records + 1, self.records + len(messages) + 1)
        self.records += len(messages)
        self._rows += [self._row(message) for message in messages]
        self._lines += records
        self._stamps += [message.timestamp for message in messages]
        self._ids += [m.id if m.id is not None else m.messageId for m in messages]
        if len(self._rows) >= _FRAME_ROWS:
            self._flush()

    def _flush(self) -> None:
        """Turn the rows that have gathered into a frame."""
        if not self._rows:
            return
        columns: dict[str, Any] = dict(zip(_COLUMNS, zip(*self._rows, strict=True), strict=True))
        self._rows.clear()
        columns.update({name: lists(columns[name]) for name in _LISTS})
        reply_at = instants(columns.pop("_reply_at"))
        reply_uin = pl.Series(columns.pop("_reply_uin"), dtype=pl.String)
        trace = pl.Series(columns.pop("_trace"), dtype=pl.Boolean)
        head = {
            "line": self._lines,
            "sent_at": instants(self._stamps),
            "message_id": texts(self._ids),
        }
        frame = raw_frame({**head, **columns})
        self._lines, self._stamps, self._ids = [], [], []
        self._frames.append(
            frame.with_columns(_reply_uin=reply_uin, _reply_at=reply_at, _trace=trace)
        )

    def _row(self, message: Message) -> _Row:
        who = self._who(message)
        recalled = bool(message.recalled or message.isRecalled)
        self.recalled += recalled
        if self.group is None and message.receiver is not None:
            to = message.receiver
            self.group = text_of(to.uid) if to.type == "group" else None
        flagged = bool(message.system or message.isSystemMessage or message.type == "system")
        if flagged and who.by_bot_tool and message.messageType == 5 and who.id is not None:
            self.bots.add(who.id)  # the add-on flags what the bot itself said
            flagged = False
        if flagged or (who.id is None and _nobody(message)):
            return _notice(message, who)
        kind, own, reply, quoted = said(message)
        ids, names = None, None
        if message.content.mentions or who.by_bot_tool or (own is not None and "@" in own):
            ids, names = mentions(message, who.by_bot_tool)
        trace = recalled and own is None and kind == "text"
        head = (who.id, who.name, kind, own)
        if reply is None:
            return (*head, None, None, quoted, ids, names, *_NOTHING, None, None, trace)
        target, author, name = _answered(reply)
        at = reply.timestamp
        return (*head, target, name or author, quoted, ids, names, *_NOTHING, author, at, trace)

    def _who(self, message: Message) -> Person:
        sender = message.sender
        if sender is None:
            return person(None)
        key = (
            sender.uid, sender.uin, sender.name, sender.nickname, sender.groupCard, sender.remark,
            sender.role,
        )  # fmt: skip
        try:
            known = self._people.get(key)
        except TypeError:  # a list where a text should be
            return person(None)
        if known is None:
            known = self._people[key] = person(sender)
            uid = text_of(sender.uid)
            if known.id is not None:
                if uid is not None and uid != known.id and uid not in PSEUDO_IDS:
                    self.numbers[uid] = known.id
                role = text_of(sender.role)
                nickname, old = self.accounts.get(known.id, (None, None))
                self.accounts[known.id] = (
                    text_of(sender.nickname) or nickname,
                    role if role in ("owner", "admin", "member") else old,
                )
        return known

    def finish(self, export: Export, issues: IssueLog) -> Iterator[pl.DataFrame]:
        """Return the frames, with ids brought to numbers and replies resolved; forget them."""
        self._flush()
        frames, self._frames = self._frames, []
        numbers = self._to_numbers()
        unused = self.recalled * 2 > self.records
        if unused:
            detail = f"{self.recalled} of {self.records} records are flagged as recalled: unused"
            issues.add("recall-flag-ignored", export.title, rows=0, detail=detail)
        if frames:
            _check_last(frames[-1].with_columns(numbers), export, issues)
        targets = _reply_targets(frames, numbers)
        return _finished(frames, numbers, targets, used=not unused)

    def _to_numbers(self) -> list[pl.Expr]:
        if not self.numbers:
            return []
        known = {"old": list(self.numbers), "new": list(self.numbers.values())}
        lists = [
            pl.col(c).list.eval(pl.element().replace(**known))
            for c in ("mention_ids", "target_ids")
        ]
        return [*(pl.col(c).replace(**known) for c in ("sender_id", "actor_id")), *lists]


_NOTHING: Final = (None,) * 5


def _answered(reply: Data | Reply) -> tuple[str | None, str | None, str | None]:
    found = text_of(reply.referencedMessageId), text_of(reply.messageId)
    target = next((one for one in found if one not in (None, "0")), None)
    author = text_of(reply.senderUin)
    return target, None if author in PSEUDO_IDS else author, text_of(reply.senderName)


def _notice(message: Message, who: Person) -> _Row:
    text = text_of(message.content.text)
    if who.id is not None and text is not None and _is_wallet(text):
        return (who.id, who.name, "red_packet", *(None,) * 13, False)
    if text is None:
        data = [e.data for e in message.content.elements or () if e.data is not None]
        text = next((t for d in data if (t := text_of(d.text) or text_of(d.summary))), None)
    happened = tip(message.content.elements, text or "")
    if happened is None:
        # The person on a tip is sure to be the one who acted only on a recall.
        sender = who.id if text is not None and "撤回" in text else None
        return (sender, None, "system", text, *(None,) * 12, False)
    event, actor, target = happened
    return (
        None, None, "system", text, *(None,) * 5,
        event, actor and actor.id, actor and actor.name,
        [target.id] if target else None, [target.name] if target else None,
        None, None, False,
    )  # fmt: skip


def _is_wallet(text: str) -> bool:
    return text.startswith(("钱包/红包消息", "红包/钱包消息", "[红包"))


def _nobody(message: Message) -> bool:
    sender = message.sender
    if sender is None:
        return True
    return (text_of(sender.name) or "") in PSEUDO_NAMES or text_of(sender.uin) in (
        "10000",
        "1000000",
    )


def _check_last(last: pl.DataFrame, export: Export, issues: IssueLog) -> None:
    """Note a run of last records that share one moment."""
    times = last["sent_at"].drop_nulls()
    if len(times) < SUSPICIOUS_RUN or not (times.tail(SUSPICIOUS_RUN) == times[-1]).all():
        return
    run = last.filter(pl.col("sent_at") == times[-1])
    if run["sender_id"].n_unique() > 1:
        detail = f"the last {run.height} records share one moment: their times may be unknown"
        issues.add("suspicious-time", export.title, rows=0, detail=detail)


def _with_traces(frame: pl.DataFrame, *, used: bool) -> pl.DataFrame:
    """Make notices of records that are flagged as recalled and hold nothing any more."""
    trace = pl.col("_trace")
    if not used or not frame["_trace"].any():
        return frame.drop("_trace")
    return frame.with_columns(
        kind=pl.when(trace).then(pl.lit("system", frame.schema["kind"])).otherwise("kind"),
        event=pl.when(trace).then(pl.lit("recall", frame.schema["event"])).otherwise("event"),
        actor_id=pl.when(trace).then("sender_id").otherwise("actor_id"),
    ).drop("_trace")


def _finished(
    frames: list[pl.DataFrame], numbers: list[pl.Expr], targets: pl.DataFrame, *, used: bool
) -> Iterator[pl.DataFrame]:
    """Yield the frames as they shall be, and let go of each as it was."""
    frames.reverse()
    while frames:
        frame = frames.pop().with_columns(numbers)
        if targets.height:
            frame = frame.join(
                targets, on=_ANSWERED, how="left", maintain_order="left", nulls_equal=True
            )
            frame = frame.with_columns(reply_to_id=pl.coalesce("_by_time", "reply_to_id"))
            frame = frame.drop("_by_time")
        yield _with_traces(frame.drop("_reply_uin", "_reply_at"), used=used)


_ANSWERED: Final = ["reply_to_id", "_reply_uin", "_reply_at"]


def _reply_targets(frames: list[pl.DataFrame], numbers: list[pl.Expr]) -> pl.DataFrame:
    """Find messages answered by who said them and when, where the id named is not in the file.

    Returns:
        What replies name (``_ANSWERED``), and the id ``_by_time`` that is meant.
    """
    named = pl.col("_reply_uin").is_not_null() & pl.col("_reply_at").is_not_null()
    asked = [frame.select(_ANSWERED).filter(named).unique() for frame in frames]
    if not any(frame.height for frame in asked):
        return pl.DataFrame()
    said_at = pl.concat(
        [f.with_columns(numbers).select("message_id", "sender_id", "sent_at") for f in frames]
    )
    ids = said_at.select(reply_to_id="message_id")
    missing = pl.concat(asked).unique().join(ids, on="reply_to_id", how="anti")
    targets = (
        said_at.join(
            missing,
            left_on=["sender_id", "sent_at"],
            right_on=["_reply_uin", "_reply_at"],
            how="semi",
        )
        .filter(pl.col("message_id").is_not_null())
        .unique(["sender_id", "sent_at"], keep="none")
        .select(_reply_uin="sender_id", _reply_at="sent_at", _by_time="message_id")
    )
    return missing.join(targets, on=["_reply_uin", "_reply_at"])
