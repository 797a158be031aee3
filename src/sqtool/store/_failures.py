"""What can go wrong with a store, in one line that says what to do."""

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import polars as pl
from deltalake.exceptions import DeltaError, TableNotFoundError

from sqtool.errors import SqtoolError, UnreadableError, UsageError
from sqtool.files import unwritable
from sqtool.i18n import t
from sqtool.store._place import Place

_SYSTEM: Final = re.compile(r"([^:/\\]+) \(os error (\d+)\)")
_NO_FILE: Final = re.compile(
    r"not found|No such file|missing file|\(os error [23]\)", re.IGNORECASE
)
_NO_ROOM: Final = {"28", "112", "122"}  # ENOSPC, ERROR_DISK_FULL, EDQUOT
_QUOTED: Final = re.compile(r"'[^']*'|\"[^\"]*\"")
_LONGEST: Final = 160
_LATE: Final = 0.3
"""Seconds after a failure in which other threads may still fall over it."""
_SECOND_COMMIT: Final = f"{1:020}.json"


def no_store(place: Place) -> SqtoolError:
    """Return the error for a store that is not there; or is, but nothing says what holds."""
    folder = place.folder
    if folder is not None and (folder / "messages" / "_delta_log" / _SECOND_COMMIT).exists():
        return lost(place)
    return UsageError(
        t("there is no store yet", "还没有存储库"),
        where=place.address,
        hint=t("sqtool import FILE... makes one", "先用 sqtool import 文件… 导入"),
    )


def lost(place: Place) -> UnreadableError:
    """Return the error for a store whose table ``imports`` is gone."""
    return UnreadableError(
        t("the store has lost its list of imports", "存储库缺少导入记录"),
        where=place.address,
        hint=_from_copy(),
    )


def foreign(place: Place, name: str) -> UsageError:
    """Return the error for a folder that holds something else where a table would be."""
    return UsageError(
        t(f"no store can be made here: {name} is something else",
          f"无法在此建立存储库:{name} 是别的内容"),
        where=place.address,
        hint=t("choose another folder with --store", "请用 --store 另选文件夹"),
    )  # fmt: skip


def damaged(place: Place, reason: str) -> UnreadableError:
    """Return the error for a store that lacks files or has unreadable ones."""
    return UnreadableError(
        t(f"the store is damaged: {reason}", f"存储库已损坏:{reason}"),
        where=place.address,
        hint=_from_copy(),
    )


def overtaken(place: Place) -> UsageError:
    """Return the error for a change that another one came before."""
    return UsageError(
        t("another process changed the store meanwhile; nothing was changed",
          "另一个进程同时修改了存储库,本次未写入"),
        where=place.address,
        hint=t("run the command again", "请重新运行"),
    )  # fmt: skip


def failed(place: Place, error: BaseException) -> SqtoolError:
    """Return what to tell of an error of the disk or of delta-rs."""
    text = str(error)
    system = _SYSTEM.search(text)
    if isinstance(error, OSError) and error.errno is not None:
        return unwritable(place.address, error)
    if system is not None and system[2] not in {"2", "3"}:
        full = t("no space left on the disk", "磁盘已满")
        reason = full if system[2] in _NO_ROOM else system[1].strip()
        return UsageError(
            t("the store cannot be written", "无法写入存储库"), where=place.address, hint=reason
        )
    if isinstance(error, TableNotFoundError):
        return damaged(place, t("a table is missing", "缺少数据表"))
    if _NO_FILE.search(text):
        return damaged(place, t("a file is missing", "缺少文件"))
    return damaged(place, _told(error))


@contextmanager
def failing_clearly(place: Place) -> Iterator[None]:
    """Turn errors of the disk and of delta-rs into ours, panics of Rust included."""
    try:
        yield
    except BaseException as error:
        if is_failure(error):
            raise failed(place, error) from error
        raise


def is_failure(error: BaseException) -> bool:
    """Whether an error comes from the disk or from delta-rs, not from a mistake of ours."""
    if isinstance(error, pl.exceptions.ComputeError):
        return "arquet" in str(error)
    # A panic is no Exception, and its class cannot be imported.
    return isinstance(error, OSError | DeltaError) or type(error).__name__ == "PanicException"


@contextmanager
def hushed() -> Iterator[None]:
    """Keep off the terminal what threads of Rust say when they panic, as they do on a full disk.

    The call itself raises an error, which is the one to show.
    """
    try:
        kept = os.dup(2)
    except OSError:  # there is no terminal
        yield
        return
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        os.close(nowhere)
        try:
            yield
        except BaseException:
            time.sleep(_LATE)
            raise
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def remove(path: Path) -> None:
    """Remove a file that may be gone already, or be held open by somebody on Windows."""
    with suppress(FileNotFoundError, PermissionError):
        path.unlink()


def _told(error: BaseException) -> str:
    first = str(error).split("\n", 1)[0]
    # What stands in quotes may be an id or a name.
    return _QUOTED.sub("…", first)[:_LONGEST] or type(error).__name__


def _from_copy() -> str:
    return t("put back a copy of the folder, or import the files into a new one",
             "请用备份恢复该文件夹,或把原始文件导入新的存储库")  # fmt: skip
