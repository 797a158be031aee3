"""Write a store of many chats, week by week, as imports would: the input of ``store.py``.

Usage: python benchmarks/make_archive.py STORE [--chats 300] [--weeks 52] [--a-week 40] [--seed 1]

Every week brings new messages to nearly every chat, new members to some, and one file per chat to
the list of imports. Weeks go through the store's own way of writing; only parsing and normalising,
which ``store.py`` times on a real file, are left out. Prints what each week took and left behind.
"""

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sqtool.schema import EVENT, INSTANT, KIND
from sqtool.store._change import Change, changing
from sqtool.store._compaction import tidy
from sqtool.store._place import Place
from sqtool.store._tables import CONTENT, FILES_NAMED
from sqtool.store._tidy import sweep_after

START = datetime(2025, 1, 6, tzinfo=UTC)
WEEK = timedelta(days=7)
_WORDS = """
今天 读完 第三章 有没有 一起 打卡 晚上 听书 分享 这本 好看 收到 谢谢 大家 周末 几点 开始 直播
链接 请问 怎么 报名 明天 继续 加油 哈哈 书单 推荐 同意 已经 看过 了 吗 呢 吧 老师 课程 作业
""".split()
_SENTENCES = 4_000
_NAMES = 3_000
_KINDS = {"text": 0.85, "image": 0.06, "sticker": 0.05, "voice": 0.01, "link": 0.02, "system": 0.01}
_JOINED = 0.01
"""Share of notices: here each of them says that somebody joined."""
_FIRST_ID = 7_400_000_000_000_000_000
Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Week:
    """What the imports of one week add.

    Args:
        number: From 0.
        messages: Rows of the table ``messages``, by chat and time.
        members: All members of the chats that somebody joined.
        chats: The rows of the chats that grew.
        files: What was read: one file for each of these.
    """

    number: int
    messages: pl.DataFrame
    members: pl.DataFrame
    chats: pl.DataFrame
    files: pl.DataFrame


class Archive:
    """Invented chats that grow.

    Args:
        chats: How many.
        a_week: Messages a chat gets in a week on average; some are ten times as lively as others.
        seed: The same seed gives the same archive.
    """

    def __init__(self, chats: int, a_week: float, seed: int = 1) -> None:
        self._rng = np.random.default_rng(seed)
        lively = self._rng.lognormal(0, 0.8, chats)
        self._rates = a_week * lively / lively.mean()
        self._sizes = 20 + (lively * 15).astype(np.int64)
        self._written = np.zeros(chats, np.int64)
        self._last = np.full(chats, int(START.timestamp()), np.int64)
        self.ids = pl.Series("chat_id", np.arange(chats) * 7_919 + 100_000_007).cast(pl.String)
        self.ids = "qq:" + self.ids
        rng = self._rng
        self._texts = pl.Series(
            ["".join(rng.choice(_WORDS, rng.integers(1, 9))) for _ in range(_SENTENCES)]
        )
        self._names = pl.Series([f"书友{n}号" for n in range(_NAMES)])
        self._total = 0

    def weeks(self, count: int) -> Iterator[Week]:
        """Yield the weeks, one after the other."""
        for number in range(count):
            yield self._week(number)

    def _week(self, number: int) -> Week:
        rng = self._rng
        counts = rng.poisson(self._rates)
        where = np.repeat(np.arange(len(counts)), counts)
        length = int(WEEK.total_seconds())
        # Sorting one number instead of two: chat first, second of the week within it.
        order = np.sort(where * length + rng.integers(0, length, len(where)))
        at = order % length + int(START.timestamp()) + number * length
        within = np.arange(len(where)) - np.repeat(np.cumsum(counts) - counts, counts)
        kinds = rng.choice(len(_KINDS), len(where), p=list(_KINDS.values()))
        joined = kinds == list(_KINDS).index("system")
        new = np.bincount(where[joined], minlength=len(counts))
        who = (self._sizes[where] * rng.random(len(where)) ** 2).astype(np.int64)
        self._sizes += new
        messages = self._messages(where, at, self._written[where] + within, who, kinds)
        self._written += counts
        grown = np.flatnonzero(counts)
        self._last[grown] = at[np.cumsum(counts)[grown] - 1]
        members = self._members(np.flatnonzero(new) if number else np.arange(len(counts)))
        chats = self._chats(grown)
        files = _files(number, chats, pl.Series(counts[grown]))
        return Week(number, messages, members, chats, files)

    def _messages(
        self, where: Numbers, at: Numbers, ordinal: Numbers, who: Numbers, kinds: Numbers
    ) -> pl.DataFrame:
        rng, rows = self._rng, len(where)
        first = _FIRST_ID + self._total * 1_000
        self._total += rows
        person = _person(where, who)
        frame = pl.DataFrame(
            {
                "place": where,
                "message_id": first + np.arange(rows) * 1_000 + rng.integers(0, 999, rows),
                "sent_at": at * 1_000_000,
                "ordinal": ordinal,
                "person": person,
                "other": _person(where, who // 2),
                "shown": person % _NAMES,
                "said": (_SENTENCES * rng.random(rows) ** 3).astype(np.int64),
                "number": kinds,
                "dice": rng.random(rows),
            }
        ).with_columns(pl.col("person", "other", "message_id").cast(pl.String))
        system = pl.col("number") == list(_KINDS).index("system")
        spoken = pl.col("number") == list(_KINDS).index("text")
        event = pl.when(system).then(pl.lit("join")).cast(EVENT)
        joiner = pl.when(system).then(pl.concat_list("person"))
        mention = pl.when(spoken & (pl.col("dice") < 0.04)).then(pl.concat_list("other"))
        answers = spoken & (pl.col("dice") > 0.95) & (pl.col("ordinal") > 0)
        reply = pl.when(answers).then(pl.col("message_id").shift(1))
        made = {
            "chat_id": pl.lit(self.ids).gather("place"),
            "sent_at": pl.col("sent_at").cast(INSTANT),
            "sender_id": pl.when(~system).then("person"),
            "sender_name": pl.when(~system).then(pl.lit(self._names).gather("shown")),
            "kind": pl.lit(pl.Series(list(_KINDS), dtype=KIND)).gather("number"),
            "text": pl.when(spoken).then(pl.lit(self._texts).gather("said")),
            "reply_to_id": reply,
            "reply_to_member": pl.when(answers).then("other"),
            "mention_ids": mention,
            "event": event,
            "target_ids": joiner,
            "source": pl.lit("qq-qce-json"),
            "found_event": event,
            "found_target_ids": joiner,
            "found_mention_ids": mention,
            "found_reply_to_id": reply,
        }
        return frame.with_columns(**made).select(_filled("messages", frame, made))

    def _members(self, places: Numbers) -> pl.DataFrame:
        sizes = self._sizes[places]
        where = np.repeat(places, sizes)
        who = np.arange(len(where)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        person = _person(where, who)
        frame = pl.DataFrame({"place": where, "person": person, "shown": person % _NAMES})
        made = {
            "chat_id": pl.lit(self.ids).gather("place"),
            "member_id": pl.col("person").cast(pl.String),
            "display_name": pl.lit(self._names).gather("shown"),
            "is_bot": pl.lit(False),
            "in_roster": pl.lit(True),
        }
        return frame.with_columns(**made).select(_filled("members", frame, made))

    def _chats(self, places: Numbers) -> pl.DataFrame:
        frame = pl.DataFrame(
            {"place": places, "messages": self._written[places], "last": self._last[places]}
        )
        key = pl.lit(self.ids).gather("place")
        made = {
            "chat_id": key,
            "platform": pl.lit("qq"),
            "name": pl.format("读书会{}群", "place"),
            "kind": pl.lit("group"),
            "has_roster": pl.lit(True),
            "roster_source": pl.lit("export"),
            "has_replies": pl.lit(True),
            "has_mentions": pl.lit(True),
            "source": pl.format("group_{}.json", key.str.strip_prefix("qq:")),
            "format": pl.lit("qq-qce-json"),
            "key": key.str.strip_prefix("qq:"),
            "strong": pl.lit(True),
            "first_at": pl.lit(START),
            "last_at": pl.from_epoch("last").dt.replace_time_zone("UTC"),
        }
        return frame.with_columns(**made).select(_filled("chats", frame, made))


def _person(where: Numbers, who: Numbers) -> Numbers:
    """Return the number of an account: most people are in one chat, some in several."""
    shared = who % 11 == 10
    return 100_000_000 + np.where(shared, where // 5 * 2_003, where * 2_003) * 7 + who * 131


def _filled(name: str, frame: pl.DataFrame, made: dict[str, pl.Expr]) -> list[pl.Expr]:
    """Return all columns of a table; null what an archive of this kind does not say."""
    known = {*frame.columns, *made}
    return [
        (pl.col(column) if column in known else pl.lit(None).alias(column)).cast(dtype)
        for column, dtype in CONTENT[name].items()
    ]


def _files(number: int, chats: pl.DataFrame, rows: pl.Series) -> pl.DataFrame:
    made: dict[str, pl.Expr] = {
        "import_id": pl.lit(number + 1),
        "file": pl.col("source"),
        "evidence": pl.lit("QQ Chat Exporter"),
        "encoding": pl.lit("utf-8"),
        "chats": pl.lit(1),
        "rows_in": pl.lit(rows),
        "rows_kept": pl.lit(rows),
        "rows_duplicate": pl.lit(0),
        "rows_skipped": pl.lit(0),
        # As incompressible as a real one, which is as long.
        "digest": pl.concat_str(
            pl.struct("source", "messages").hash(seed).cast(pl.String).str.zfill(16).str.tail(16)
            for seed in range(4)
        ),
    }
    frame = chats.drop("chats", strict=False)
    return frame.with_columns(**made).select(_filled("files", frame, made))


def append(change: Change, week: Week) -> bool:
    """Bring a week into the store, as an import of one file per chat does.

    Returns:
        Whether files were rewritten, so that some can be deleted.
    """
    change.append("messages", week.messages)
    for name, frame in (("chats", week.chats), ("members", week.members)):
        if week.number and frame.height:
            change.renew(name, frame["chat_id"].unique().sort().to_list(), frame)
        else:
            change.append(name, frame)
    change.append("files", week.files)
    tidied = tidy(change, week.messages.height)
    change.finish(
        "import",
        files=week.files["file"].head(FILES_NAMED).to_list(),
        files_read=week.files.height,
        chats=week.chats.height,
        new=week.messages.height,
        known=0,
        enriched=0,
        skipped=0,
    )
    return tidied


def held(folder: Path) -> tuple[int, float]:
    """Return number and megabytes of all files of a store."""
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    return len(sizes), sum(sizes) / 1e6


def write(folder: Path, archive: Archive, weeks: int) -> int:
    """Write a store; print what some of the weeks took; return the number of messages."""
    place, done, files = Place.of(str(folder)), 0, 0
    print("  week   making  writing   messages  new files   all files        MB")
    for week in _timed(archive, weeks):
        started = time.perf_counter()
        with changing(place, create=True) as change:
            if append(change, week.week):
                sweep_after(place)
        writing = time.perf_counter() - started
        done += week.week.messages.height
        before, (files, size) = files, held(folder)
        number = week.week.number + 1
        if number in (1, 2, 3, weeks) or number % 13 == 0:
            print(
                f"{number:6} {week.seconds:6.1f} s {writing:6.1f} s {done:10,} {files - before:10}"
                f" {files:11,} {size:9,.0f}",
                flush=True,
            )
    return done


@dataclass(frozen=True)
class _Timed:
    week: Week
    seconds: float


def _timed(archive: Archive, weeks: int) -> Iterator[_Timed]:
    started = time.perf_counter()
    for week in archive.weeks(weeks):
        yield _Timed(week, time.perf_counter() - started)
        started = time.perf_counter()


def main() -> None:
    """Write the store and print how it grew."""
    args = argparse.ArgumentParser()
    args.add_argument("store", type=Path)
    args.add_argument("--chats", type=int, default=300)
    args.add_argument("--weeks", type=int, default=52)
    args.add_argument("--a-week", type=float, default=40)
    args.add_argument("--seed", type=int, default=1)
    given = args.parse_args()
    archive = Archive(given.chats, given.a_week, given.seed)
    done = write(given.store, archive, given.weeks)
    files, size = held(given.store)
    print(f"{done:,} messages of {given.chats:,} chats: {files:,} files, {size:,.0f} MB")


if __name__ == "__main__":
    main()
