"""Where the result goes and in which form: stdout carries data only, files are written whole."""

import difflib
import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from errno import EINVAL
from pathlib import Path

from sqtool.cli._options import Writing
from sqtool.cli._tell import note
from sqtool.errors import UsageError
from sqtool.files import folder_for_files, unwritable, whole_file
from sqtool.i18n import t
from sqtool.render import RENDERERS
from sqtool.render._base import Renderer, Style
from sqtool.render._escape import printable
from sqtool.reports._blocks import Result
from sqtool.reports._model import Report

ROWS_ON_TERMINAL = 20
_FLAGS = ("csv", "json", "jsonl", "md", "xlsx")
_STAND_INS = str.maketrans(
    {
        "−": "-",
        "–": "-",
        "—": "-",
        "✗": "x",
        "✓": "v",
        "⚠": "!",
        "▎": "|",
        "·": "-",
        "…": "...",
        "“": '"',
        "”": '"',
    }
)
_DRAWN = "▁▂▃▄▅▆▇█─"


@dataclass(frozen=True)
class Output:
    """Where the result goes and in which form, checked before anything is read.

    Args:
        name: Of the command; names the files in a folder.
        writing: The shared options.
        renderer: The form.
        folder: The folder given with ``-o``, if it is one.
    """

    name: str
    writing: Writing
    renderer: Renderer
    folder: Path | None

    @classmethod
    def of(cls, name: str, writing: Writing, *, tables: bool) -> "Output":
        """Choose form and place.

        Args:
            name: Of the command.
            writing: The shared options.
            tables: Tables (CSV when piped) or a report (Markdown when piped).

        Raises:
            UsageError: If the form cannot hold it, formats contradict, or the place is not there.
        """
        if tables:
            renderer = _renderer(writing, "csv", lambda r: r.result is not None)
        else:
            renderer = _renderer(writing, "markdown", lambda r: r.report is not None)
        folder = _folder(writing)
        if folder is None and _to_file(writing) and not Path(writing.output or "").parent.is_dir():
            raise unwritable(str(writing.output), FileNotFoundError())
        if renderer.name == "xlsx" and sys.stdout.isatty() and not _to_file(writing):
            raise UsageError(
                t("a workbook is not for the screen", "工作簿不能显示在屏幕上"),
                hint=f"-o {name}.xlsx",
            )
        return cls(name, writing, renderer, folder)

    def report(self, report: Report, stem: str | None = None) -> None:
        """Write a report; ``stem`` names its file in a folder, else the command does."""
        if self.renderer.report is None:
            return
        look = style(self.writing)
        path = self._path(stem)
        if self.renderer.assets is not None and path is not None and not self.writing.no_charts:
            look = replace(look, assets=f"{path.stem}.assets")
            # The pictures first: a page never points at what is not there.
            self._assets(self.renderer.assets(report, look), path.with_name(f"{path.stem}.assets"))
        self._deliver(self.renderer.report(report, look), stem)

    def _assets(self, pictures: Mapping[str, str], folder: Path) -> None:
        if not pictures:
            return
        folder_for_files(folder)
        for name, content in pictures.items():
            with whole_file(folder / name) as place:
                place.write_bytes(content.encode("utf-8"))
        words = t(
            f"wrote {folder} ({len(pictures)} charts)", f"已写入 {folder}({len(pictures)} 张图)"
        )
        note(words, quiet=self.writing.quiet)

    def _path(self, stem: str | None) -> Path | None:
        """Return the file a result goes to; None is standard output."""
        if self.folder is not None:
            return self.folder / f"{stem or self.name}{self.renderer.suffix}"
        return Path(self.writing.output or "") if _to_file(self.writing) else None

    def tables(
        self, keys: Sequence[str], compute: Callable[[list[str]], Result], only: str | None = None
    ) -> None:
        """Write tables; only what is written gets computed.

        Args:
            keys: All tables there are, the main one first.
            compute: Computes the tables of these keys, in order.
            only: ``--table``.
        """
        write, renderer = self.renderer.result, self.renderer
        if write is None:
            return
        wanted = [only] if only else list(keys)
        if renderer.one_table and self.folder is not None:
            result = compute(wanted)
            for key in wanted:
                path = self.folder / f"{self.name}-{key}{renderer.suffix}"
                content = write(result.only(key), style(self.writing))
                write_file(path, content, quiet=self.writing.quiet)
            return
        if renderer.one_table:
            self._deliver(write(compute(wanted[:1]), style(self.writing)))
            if len(wanted) > 1:
                self._name_the_rest(wanted)
            return
        cut = renderer.name == "terminal" and only is None and not _to_file(self.writing)
        look = style(self.writing, rows=ROWS_ON_TERMINAL if cut else None)
        self._deliver(write(compute(wanted), look))

    def _name_the_rest(self, keys: list[str]) -> None:
        rest = ", ".join(keys[1:])
        words = t(
            f"this is table {keys[0]}; also: {rest} (--table NAME, or all with -o DIR/)",
            f"这是表 {keys[0]};另有:{rest}(--table 名称,或 -o 文件夹/ 写出全部)",
        )
        note(words, quiet=self.writing.quiet)

    def _deliver(self, content: str | bytes, stem: str | None = None) -> None:
        writing = self.writing
        path = self._path(stem)
        if path is not None:
            write_file(path, content, quiet=writing.quiet)
        elif not sys.stdout.isatty():
            # UTF-8 whatever the locale: pipes and files have no console to ask.
            data = content.encode("utf-8") if isinstance(content, str) else content
            _to_pipe(data)
        else:
            shown = content if isinstance(content, str) else content.decode("utf-8-sig")
            # Names may hold escape codes. The terminal renderer removed theirs; its own stay.
            _to_screen(shown if self.renderer.name == "terminal" else printable(shown))


def write_file(path: Path, content: str | bytes, *, quiet: bool = False) -> None:
    """Write a file whole or not at all, and say so on stderr.

    Raises:
        UsageError: If it cannot be written.
    """
    with whole_file(path) as place:
        place.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    note(t(f"wrote {path}", f"已写入 {path}"), quiet=quiet)


def _renderer(writing: Writing, piped: str, holds: Callable[[Renderer], bool]) -> Renderer:
    """Choose the format: flag, else the suffix of ``-o``, else by where stdout goes."""
    asked = [name for name in _FLAGS if getattr(writing, name)]
    if writing.format is not None:
        asked.append(writing.format.lower().removeprefix("."))
    if writing.excel and not asked and _suffix(writing) not in (".xlsx", ".csv"):
        asked.append("csv")
    if len(set(asked)) > 1:
        raise UsageError(
            t(f"several formats at once: {', '.join(asked)}", f"格式只能选一种:{'、'.join(asked)}")
        )
    known = {name: RENDERERS.get(name) for name in RENDERERS.names()}
    possible = {name: renderer for name, renderer in known.items() if holds(renderer)}
    by_word = possible | {r.suffix.removeprefix("."): r for r in possible.values()}
    if asked:
        word = asked[0]
    elif _suffix(writing):
        word = _suffix(writing).removeprefix(".")
    elif sys.stdout.isatty() and not _to_file(writing):
        word = "terminal"
    else:
        word = piped
    if word in by_word:
        renderer = by_word[word]
    else:
        close = difflib.get_close_matches(word, by_word, 1, cutoff=0.5)
        names = ", ".join(sorted(r.suffix.removeprefix(".") for r in possible.values()))
        hint = t(f"did you mean {close[0]}? ", f"是不是 {close[0]}?") if close else ""
        raise UsageError(
            t(f"cannot write {word} here", f"这里不能写成 {word}"),
            hint=hint + t(f"possible: {names}", f"可用:{names}"),
        )
    if writing.excel and renderer.name not in ("csv", "xlsx"):
        raise UsageError(t("--excel goes with CSV or xlsx", "--excel 只用于 CSV 或 xlsx"))
    return renderer


def _to_file(writing: Writing) -> bool:
    return writing.output not in (None, "", "-")


def _names_folder(output: str) -> bool:
    return output.endswith(("/", "\\")) or Path(output).is_dir()


def _suffix(writing: Writing) -> str:
    output = writing.output or ""
    return "" if not _to_file(writing) or _names_folder(output) else Path(output).suffix.lower()


def _folder(writing: Writing) -> Path | None:
    """Return the folder named by ``-o``, made if it is missing."""
    output = writing.output or ""
    if not _to_file(writing) or not _names_folder(output):
        return None
    path = Path(output)
    folder_for_files(path)
    return path


def style(writing: Writing, rows: int | None = None) -> Style:
    """Return how to write, as far as the options and the place decide it."""
    to_screen = sys.stdout.isatty() and not _to_file(writing)
    return Style(
        width=max(40, shutil.get_terminal_size((80, 24)).columns),
        color=to_screen and _colour_wanted(),
        ascii=to_screen and not _encodes(_DRAWN),
        guard=not writing.raw,
        excel=writing.excel,
        rows=rows,
    )


def _colour_wanted() -> bool:
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    if os.name != "nt":
        return True
    from rich.console import Console

    # An old Windows console prints escape codes instead of obeying them.
    return not Console(file=sys.stdout).legacy_windows


def _encodes(text: str) -> bool:
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _to_pipe(data: bytes) -> None:
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
    except OSError as error:
        # The reader (head, a pager) has had enough; Windows words it differently.
        if not isinstance(error, BrokenPipeError) and (os.name, error.errno) != ("nt", EINVAL):
            raise
        # Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _to_screen(text: str) -> None:
    if not _encodes(text):
        encoding = sys.stdout.encoding or "ascii"
        stood_in = "".join(c if _encodes(c) else c.translate(_STAND_INS) for c in text)
        text = stood_in.encode(encoding, "replace").decode(encoding)
    sys.stdout.write(text)
    sys.stdout.flush()
