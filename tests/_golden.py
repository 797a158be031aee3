"""A dataset as text, one record a line: the diff of a golden file is the review."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from sqtool import Dataset

FIXTURES = Path(__file__).parent.parent / "fixtures"
EXPORTS = FIXTURES / "exports"
NOT_EXPORTS = EXPORTS / "_none"


def cases() -> list[Path]:
    """Every fixture export; the folder it lies in names its format.

    An export of several files is a folder whose name ends in ``.d``.
    """
    return sorted(
        path
        for path in EXPORTS.rglob("*")
        if (path.is_file() or path.suffix == ".d")
        and NOT_EXPORTS not in path.parents
        and not any(parent.suffix == ".d" for parent in path.relative_to(EXPORTS).parents)
        and ".golden." not in path.name
    )


def golden_path(case: Path) -> Path:
    return case.with_name(f"{case.name}.golden.jsonl")


def lines_of(data: Dataset) -> Iterator[str]:
    """Yield chat, member, message, import and issue lines; nulls are left out."""
    frames: tuple[tuple[str, pl.DataFrame], ...] = (
        ("import", data.imports),
        ("chat", data.chats.collect()),
        ("member", data.members.collect()),
        ("message", data.messages.collect()),
        ("issue", data.issues),
    )
    for record, frame in frames:
        for row in frame.iter_rows(named=True):
            known = {key: _plain(value) for key, value in row.items() if value is not None}
            yield json.dumps({"record": record, **known}, ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value
