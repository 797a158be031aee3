"""From what the user names to export files: folders, globs, zips and standard input."""

import atexit
import io
import os
import re
import secrets
import shutil
import signal
import sys
import tempfile
import zipfile
from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import cast

from sqtool.errors import UnreadableError
from sqtool.export import Export, by_number
from sqtool.i18n import t

_IGNORED = re.compile(r"^(\.|__MACOSX|~\$|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE)
_MEDIA = frozenset(
    f".{kind}"
    for line in (
        "jpg jpeg png gif webp bmp heic mp4 mov avi mp3 amr silk wav aac m4a opus pdf",
        "doc docx ppt pptx exe apk dat db css js ico ttf woff woff2",
    )
    for kind in line.split()
)


def find_exports(sources: list[str]) -> list[Export]:
    """Expand files, folders, globs, zips and ``-`` into export files, in a stable order.

    Media files inside folders and zips are passed over by their suffix; a file the user names
    directly is always taken.

    Raises:
        UnreadableError: If a source does not exist or a zip is damaged.
    """
    found: list[Export] = []
    for source in sources:
        if source == "-":
            found.append(_from_stdin())
            continue
        path = Path(source)
        if path.is_dir():
            files = sorted((p for p in path.rglob("*") if p.is_file()), key=_by_path)
            for file in files:
                inner = file.relative_to(path)
                if not _skipped(inner.parts, file.suffix):
                    found.extend(_expand(file, label=str(PurePosixPath(path.name, *inner.parts))))
        elif path.is_file():
            found.extend(_expand(path, label=path.name))
        else:
            matches = sorted(Path().glob(source), key=_by_path) if is_glob(source) else []
            if not matches:
                raise UnreadableError(
                    t("no such file or folder", "没有这个文件或文件夹"), where=source
                )
            found.extend(find_exports([str(match) for match in matches]))
    return _told_apart(found)


def _told_apart(exports: list[Export]) -> list[Export]:
    """Leave out a file given twice, and give files of one name the path they were given by."""
    unique = list({(export.path.resolve(), export.member): export for export in exports}.values())
    titles = Counter(export.title for export in unique)
    return [
        replace(export, label="/".join(filter(None, (export.path.as_posix(), export.member))))
        if titles[export.title] > 1
        else export
        for export in unique
    ]


def is_glob(source: str) -> bool:
    """Return whether a source stands for the files that fit it."""
    return any(c in source for c in "*?[") and not Path(source).is_absolute()


def _skipped(parts: tuple[str, ...], suffix: str) -> bool:
    return suffix.lower() in _MEDIA or any(_IGNORED.match(part) for part in parts)


def _expand(path: Path, label: str) -> list[Export]:
    export = Export(path, label=label)
    if path.suffix.lower() in (".xlsx", ".docx", ".pptx") or not export.head.startswith(
        b"PK\x03\x04"
    ):
        return [export]
    try:
        with zipfile.ZipFile(path, metadata_encoding="gb18030") as archive:
            names = sorted(
                (i.filename for i in archive.infolist() if not i.is_dir()), key=by_number
            )
    except (zipfile.BadZipFile, OSError) as error:
        raise UnreadableError(t("damaged zip archive", "压缩包已损坏"), where=label) from error
    return [
        Export(path, member=name, label=f"{label}/{name}")
        for name in names
        if not _skipped(PurePosixPath(name).parts, PurePosixPath(name).suffix)
    ]


def _from_stdin() -> Export:
    # A spool file: sniffing and parsing both read from the start, and pipes cannot be rewound.
    path = Path(tempfile.gettempdir()) / f"sqtool-{secrets.token_hex(8)}.stdin"
    # Before there is a file: whenever we are told to stop, it goes.
    atexit.register(path.unlink, missing_ok=True)
    if hasattr(signal, "siginterrupt"):
        # Under the handler that polars sets, waiting would go on after Ctrl-C.
        signal.siginterrupt(signal.SIGINT, True)
    with open(path, "xb", opener=partial(os.open, mode=0o600)) as spool:
        shutil.copyfileobj(cast(io.BufferedReader, sys.stdin.buffer), spool)
    return Export(path, label="<stdin>")


def _by_path(path: Path) -> list[tuple[str, int]]:
    return by_number(path.as_posix())
