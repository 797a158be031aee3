"""``report --all``: a review of every chat, the portfolio, and an index that leads to them."""

import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast
from urllib.parse import quote

import polars as pl

from sqtool.cli._output import Output, style, write_file
from sqtool.cli._run import bug
from sqtool.cli._tell import ProgressBar, note
from sqtool.context import Context
from sqtool.errors import ExitCode, SqtoolError
from sqtool.files import safe_name
from sqtool.i18n import Lang, t
from sqtool.metrics import METRICS
from sqtool.reading import Progress
from sqtool.render import RENDERERS
from sqtool.render._escape import markdown
from sqtool.reports._blocks import Result, compute
from sqtool.reports._labels import label
from sqtool.reports._lang import chat_lang
from sqtool.reports.weekly import build
from sqtool.schema import Dataset

PORTFOLIO, INDEX = "portfolio", "index"
FAILED = "–"


@dataclass(frozen=True)
class _Chat:
    """One chat of many.

    Args:
        chat_id: Its id.
        name: Its name.
        stem: Its file's name without suffix.
        messages: How many rows it has.
        data: The dataset with this chat only.
    """

    chat_id: str
    name: str
    stem: str
    messages: int
    data: Dataset


def write_all(data: Dataset, ctx: Context, output: Output) -> int:
    """Write a review of each chat, ``portfolio.md``, ``portfolio.csv`` and ``index.md``.

    A chat whose review fails is told on stderr and in the index; the others are written.

    Args:
        data: All chats.
        ctx: T and the period of all of them.
        output: The folder, and the form of the reviews.

    Returns:
        The exit code: 0, or that of the first failure.
    """
    folder, writing = cast(Path, output.folder), output.writing
    code = int(ExitCode.OK)
    files: dict[str, str | None] = {}
    with ProgressBar(quiet=writing.quiet) as progress:
        chats = list(_apart(data))
        rows = 0
        for done, chat in enumerate(chats):
            rows += chat.messages
            progress(Progress(chat.name, done, len(chats), rows))
            path = folder / f"{chat.stem}{output.renderer.suffix}"
            lang = cast(Lang, writing.lang) if writing.lang else chat_lang(chat.data)
            own = replace(ctx, lang=lang, other_chats=len(chats) - 1)
            try:
                output.report(build(chat.data, own), chat.stem)
                files[chat.chat_id] = path.name
            except (KeyboardInterrupt, SystemExit):
                raise
            except BaseException as error:  # a Rust panic is no Exception
                known = error if isinstance(error, SqtoolError) else None
                code = code or int(known.code if known else ExitCode.BUG)
                files[chat.chat_id] = None
                if writing.debug:
                    traceback.print_exc()
                what = known.what if known else bug(error)
                note(t(f"not written: {path}: {what}", f"没有写成 {path}:{what}"))
    metric = METRICS.get(PORTFOLIO)
    keys = [PORTFOLIO] if data.tags.is_empty() else [PORTFOLIO, "by_tag"]
    result = compute(metric, data, ctx, keys)
    for name in ("markdown", "csv"):
        renderer = RENDERERS.get(name)
        if renderer.result is not None:
            shown = result.only(PORTFOLIO) if renderer.one_table else result
            content = renderer.result(shown, style(writing))
            write_file(folder / f"{PORTFOLIO}{renderer.suffix}", content, quiet=writing.quiet)
    write_file(folder / f"{INDEX}.md", _index(result, files), quiet=writing.quiet)
    return code


def _apart(data: Dataset) -> Iterator[_Chat]:
    """Yield the chats by id, each as a dataset of its own."""
    about = data.chats.sort("chat_id").collect()
    names = dict(about.select("chat_id", "name").iter_rows())
    stems = file_names(names)
    # One after the other in a sorted table: a slice instead of a search through all rows.
    messages = data.messages.sort("chat_id", maintain_order=True).collect()
    counts = dict(messages.group_by("chat_id").len().iter_rows())
    sources = dict(about.select("chat_id", "source").iter_rows())
    start = 0
    for chat_id, name in names.items():
        count = counts.get(chat_id, 0)
        titles = (sources[chat_id] or "").split("; ")
        own = replace(
            replace(data, messages=pl.LazyFrame(schema=messages.schema)).only(chat_id),
            messages=messages.slice(start, count).lazy(),
            issues=data.issues.filter(pl.col("file").is_in(titles)),
            imports=data.imports.filter(pl.col("file").is_in(titles)),
        )
        start += count
        yield _Chat(chat_id, name or chat_id, stems[chat_id], count, own)


def file_names(names: dict[str, str | None]) -> dict[str, str]:
    """Return a file name without suffix for every chat id, of its name.

    Chats whose names come out alike get their ids behind them, all of them, so that no file's name
    depends on which chat was first.
    """
    plain = {chat_id: safe_name(name or "") or "chat" for chat_id, name in names.items()}
    uses = Counter(stem.casefold() for stem in [*plain.values(), PORTFOLIO, INDEX])
    taken: set[str] = set()
    stems: dict[str, str] = {}
    # Names that stand alone first: they stay as they are, whatever an id spells.
    for chat_id in sorted(plain, key=lambda key: (uses[plain[key].casefold()] > 1, key)):
        stem = plain[chat_id]
        if uses[stem.casefold()] > 1:
            own = safe_name(chat_id)
            room = max(200 - len(own.encode()) - 1, 0)
            stem = f"{stem.encode()[:room].decode('utf-8', 'ignore')} {own}".strip()
        whole, number = stem, 1
        while stem.casefold() in taken:
            number += 1
            stem = f"{whole} {number}"
        taken.add(stem.casefold())
        stems[chat_id] = stem
    return stems


def _index(result: Result, files: dict[str, str | None]) -> str:
    """Return a page with a link to every review, in the order of the portfolio."""
    lang = result.lang
    zh = lang == "zh"
    heads = ("群", "判定", "建议动作", "周报") if zh else ("chat", "verdict", "action", "review")
    lines = [f"# {markdown(result.title)}", "", markdown(result.subtitle), ""]
    both = "全部群一张表" if zh else "All chats in one table"
    lines += [f"{both}: [portfolio.md](portfolio.md), [portfolio.csv](portfolio.csv)", ""]
    lines += ["| " + " | ".join(heads) + " |", "|---|---|---|---|"]
    frame = result.tables[0].frame.select("chat_id", "name", "verdict", "action")
    for chat_id, name, verdict, action in frame.iter_rows():
        file = files.get(chat_id)
        link = FAILED if file is None else f"[{markdown(file)}]({quote(file)})"
        words = (name or chat_id, label("verdict", verdict, lang), label("action", action, lang))
        lines.append("| " + " | ".join([*map(markdown, words), link]) + " |")
    return "\n".join(lines) + "\n"
