"""The key of ``--anonymise``: made on first use, kept in the config folder alone.

Whoever has it can test a guess ("is this pseudonym that person?"). Keeping it keeps pseudonyms the
same from week to week; deleting it cuts the link for good.
"""

import os
import secrets
import tempfile
from pathlib import Path
from typing import Final

from sqtool.errors import UsageError
from sqtool.i18n import t
from sqtool.places import config_dir

KEY_FILE: Final = "anonymise.key"
KEY_BYTES: Final = 32
_PATIENCE: Final = 30.0  # seconds to wait for another process that is making the key


def anonymise_key() -> bytes:
    """Return the key; make it if there is none.

    The file is readable by its owner only, where the system knows that. It appears whole or not at
    all, and processes that start at once get the same one.

    Raises:
        UsageError: If it cannot be read or made, or is no key.
    """
    path = config_dir() / KEY_FILE
    try:
        if not path.exists():
            _make(path)
        text = path.read_bytes()
    except OSError as error:
        raise UsageError(
            t("the key of --anonymise cannot be read or made", "读不了也建不了 --anonymise 的密钥"),
            where=str(path),
            hint=error.strerror or type(error).__name__,
        ) from error
    try:
        key = bytes.fromhex(text.decode("ascii"))
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise UsageError(
            t("the key of --anonymise is damaged", "--anonymise 的密钥已损坏"),
            where=str(path),
            hint=t(
                "restore it from a backup; or delete it: then everybody gets another pseudonym",
                "请从备份恢复;或者删除它:之后所有人都会换一个化名",
            ),
        )
    return key


def _make(path: Path) -> None:
    from filelock import FileLock, Timeout

    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with FileLock(f"{path}.lock", timeout=_PATIENCE):
            if path.exists():  # another process was quicker
                return
            # Such a file is the owner's alone from the first moment on.
            handle, name = tempfile.mkstemp(prefix=".sqtool-", dir=path.parent)
            place = Path(name)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(secrets.token_hex(KEY_BYTES).encode() + b"\n")
                    file.flush()
                    os.fsync(file.fileno())
                place.replace(path)
            except BaseException:
                place.unlink(missing_ok=True)
                raise
    except Timeout as error:
        raise TimeoutError(None, t("locked by another process", "被另一个进程锁住")) from error
