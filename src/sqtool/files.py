"""Files are written whole or not at all."""

import os
import shutil
import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqtool.errors import UsageError
from sqtool.i18n import t

_DEVICES = frozenset(
    [
        "con",
        "prn",
        "aux",
        "nul",
        *(f"{port}{n}" for port in ("com", "lpt") for n in "0123456789¹²³"),
    ]
)
"""Names that Windows keeps for devices, whatever suffix follows."""


def safe_name(text: str) -> str:
    """Return a file name, without suffix, that every system accepts; empty if nothing is left.

    Letters and digits of any script stay; what could be a path, an option, a hidden file or a
    device does not. At most 200 bytes, for file systems count bytes and the suffix needs room.
    """
    text = unicodedata.normalize("NFC", text)
    plain = "".join(c if c.isalnum() or c in "-_ .()（）" else "_" for c in text)
    plain = plain.encode()[:200].decode("utf-8", "ignore").strip(" .")
    risky = plain.startswith("-") or plain.split(".")[0].strip().casefold() in _DEVICES
    return "_" + plain if risky else plain


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """Give a place to write to; at the end of the block what was written is in the target.

    A reader never sees half a file, and a failure leaves the old one. A link stays one, a file
    keeps its mode. A device or a pipe is written to, never replaced by a file.

    Raises:
        UsageError: If it cannot be written.
    """
    try:
        if target.exists() and not target.is_file():
            with tempfile.TemporaryDirectory(prefix="sqtool-") as folder:
                place = Path(folder) / "written"
                yield place
                with place.open("rb") as done, target.open("wb") as device:
                    shutil.copyfileobj(done, device)
            return
        path = target.resolve()
        handle, name = tempfile.mkstemp(prefix=".sqtool-", suffix=path.suffix, dir=path.parent)
        place = Path(name)
        try:
            os.close(handle)
            yield place
            place.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask())
            place.replace(path)
        except BaseException:
            place.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise unwritable(str(target), error) from error


def folder_for_files(target: Path) -> None:
    """Make a folder if it is missing.

    Raises:
        UsageError: If it cannot be made.
    """
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(str(target), error) from error


def unwritable(where: str, error: OSError) -> UsageError:
    """Return what to tell the user of a file that cannot be written."""
    reason = error.strerror or str(error).split("\n", 1)[0] or type(error).__name__
    if isinstance(error, FileNotFoundError):
        reason = t("the folder does not exist", "文件夹不存在")
    elif isinstance(error, FileExistsError):
        reason = t("a file of that name is in the way", "已有同名文件")
    elif isinstance(error, PermissionError):
        reason = t("open in Excel, or write-protected?", "是不是正在 Excel 中打开,或没有写权限?")
    return UsageError(t("cannot be written", "写不进去"), where=where, hint=reason)


def _umask() -> int:
    # There is no way to ask without setting it.
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
