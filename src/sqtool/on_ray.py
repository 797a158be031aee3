"""Ray as the place where batches of chats are worked out: here for the time being, or a cluster.

A worker is sent what to do, where the store is and which versions of its tables count; it opens
them by itself and sends back Arrow. Ray is quiet, keeps to this machine unless told otherwise, and
is gone afterwards. It is spoken to by a process of its own (``ray_driver``): when that one ends by
itself, as Ray has it when a busy machine makes its parts lose each other, another takes over.
"""

import os
import pickle
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from secrets import token_hex
from signal import SIGTERM
from typing import IO, Final, cast

import polars as pl

from sqtool.errors import SqtoolError, UsageError
from sqtool.i18n import t
from sqtool.ray_driver import (
    THREADS,
    AllDone,
    Batches,
    Died,
    Done,
    Failed,
    NotReady,
    Ready,
    Told,
    Where,
)
from sqtool.scale import Work

LIVES: Final = 3
"""Ray gives itself 30 seconds to start, which a busy machine exceeds now and then."""
_PATIENCE: Final = 5.0
"""Seconds to wait for a cluster to answer at all."""
_GRACE: Final = 30.0
"""Seconds for Ray to go by itself."""
_LONGEST_FOLDER: Final = 30
"""Ray puts sockets below its folder, and the address of a socket has at most 103 bytes."""
_QUIET: Final = {
    "RAY_USAGE_STATS_ENABLED": "0",  # sends nothing anywhere
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",  # workers take this environment, they do not build one
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # else a warning about a change to come
}
_PATIENT: Final = {
    # A core that is shared with others is not dead because it has not answered for 15 seconds.
    "RAY_health_check_failure_threshold": "20",
    "RAY_health_check_timeout_ms": "60000",
    "RAY_gcs_rpc_server_reconnect_timeout_s": "300",
    "RAY_worker_register_timeout_seconds": "300",
}
_OWN_GROUP: Final = int(getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0))
"""The same for Windows, which has no sessions."""
_START: Final = "from sqtool.ray_driver import main; main()"


class _EndedError(Exception):
    """The process that speaks to Ray is gone."""


class RayEngine:
    """Batches as tasks of Ray.

    Args:
        where: Where Ray is.
        environment: Of its processes.
    """

    def __init__(self, where: Where, environment: dict[str, str]) -> None:
        self._where = where
        self._environment = environment
        self._lives = LIVES
        self._process: subprocess.Popen[bytes] | None = None
        self.workers = 1
        self.address = ""

    def start(self) -> None:
        """Start Ray, or connect to it.

        Raises:
            UsageError: If that fails.
        """
        while True:
            self.stop()
            self._lives -= 1
            try:
                self._spawn()
                self._ask(self._where)
                told = self._told()
            except _EndedError as error:
                told = NotReady(str(error), late=True)
            if isinstance(told, Ready):
                self.workers, self.address = told.workers, told.address
                return
            reason = cast(NotReady, told)
            if not reason.late or self._where.address is not None or not self._lives:
                self.stop()
                raise _no_cluster(self._where.address, reason.reason)

    def stop(self) -> None:
        """Let Ray go, if need be by force."""
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(OSError):
            _pipe(process.stdin).close()
        try:
            process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            _kill(process)
        _pipe(process.stdout).close()

    def run(
        self, work: Work, batches: Sequence[Sequence[str]]
    ) -> Iterator[tuple[int, list[pl.DataFrame]]]:
        """Yield place and rows of each batch as they are done.

        Raises:
            SqtoolError: What a batch failed with.
            UsageError: If the workers died, or Ray itself, again and again.
        """
        sent = _pickled(work)
        left = {place: list(chats) for place, chats in enumerate(batches)}
        while left:
            try:
                self._ask(Batches(sent, left))
                while isinstance(told := self._told(), Done):
                    del left[told.place]
                    yield told.place, [pl.read_ipc(BytesIO(frame)) for frame in told.frames]
            except _EndedError as error:
                if not self._lives:
                    raise _ended(error) from error
                self.start()
                continue
            if not isinstance(told, AllDone):
                raise _error(told)

    def _spawn(self) -> None:
        log = self._log()
        with open(log or os.devnull, "ab") as written:  # noqa: PTH123 - may be either
            self._process = subprocess.Popen(
                # -P: what lies in the current folder is no module of ours.
                [sys.executable, "-P", "-c", _START],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=written,
                env=self._environment,
                # Ctrl-C is for us: we tell Ray to go.
                start_new_session=True,
                creationflags=_OWN_GROUP,
            )

    def _log(self) -> Path | None:
        return Path(self._where.folder, "driver.log") if self._where.folder else None

    def _ask(self, what: Where | Batches) -> None:
        if self._process is None:
            raise _EndedError("")
        pipe = _pipe(self._process.stdin)
        try:
            pickle.dump(what, pipe)
            pipe.flush()
        except OSError as error:
            raise _EndedError(self._last_words()) from error

    def _told(self) -> Told:
        if self._process is None:
            raise _EndedError("")
        try:
            return cast(Told, pickle.load(_pipe(self._process.stdout)))
        except (EOFError, OSError, pickle.UnpicklingError) as error:
            raise _EndedError(self._last_words()) from error

    def _last_words(self) -> str:
        """Return what is known of the end: the last line Ray wrote, else the exit code."""
        code = None
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired):
                code = self._process.wait(_PATIENCE)
        log = self._log()
        lines = log.read_text("utf-8", "replace").split("\n") if log and log.exists() else []
        said = [line.strip() for line in lines if line.strip()]
        return said[-1] if said else t(f"exit code {code}", f"退出码 {code}")


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None  # both are asked for
    return pipe


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End it and what it started."""
    with suppress(OSError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(_PATIENCE)
    process.kill()
    process.wait()


def _pickled(work: Work) -> bytes:
    """Return what to do with functions by value where a worker could not import them."""
    before = dict(os.environ)
    cloudpickle = import_module("ray.cloudpickle")
    for name in set(os.environ) - set(before):  # Ray sets some
        del os.environ[name]
    return cast(bytes, cloudpickle.dumps(work))


def _error(told: Told) -> BaseException:
    """Return what went wrong in a worker, as if it had happened here."""
    if isinstance(told, Died):
        return UsageError(
            t("workers of Ray died again and again", "Ray 的工作进程反复退出"), hint=_less()
        )
    failed = cast(Failed, told)
    cause = pickle.loads(failed.error)
    if isinstance(cause, SqtoolError):
        return cause
    # What a worker cannot import or unpickle, Ray wraps in an error of its own.
    if isinstance(cause, ImportError) or "failed to import" in failed.trace:
        return UsageError(
            t("the cluster's workers cannot load sqtool", "集群的工作进程无法加载 sqtool"),
            hint=t(
                "install the same versions of sqtool and polars on every machine",
                "每台机器都要装上相同版本的 sqtool 和 polars",
            ),
        )
    if not isinstance(cause, BaseException):
        return RuntimeError(failed.trace)
    cause.add_note(failed.trace)
    return cause


def _ended(error: _EndedError) -> UsageError:
    return UsageError(
        t(f"Ray ended by itself, {LIVES} times", f"Ray 自行退出了 {LIVES} 次"),
        hint=f"{error}; {_less()}" if str(error) else _less(),
    )


def _less() -> str:
    return t("out of memory? --engine polars needs less", "内存不足?可改用 --engine polars")


@contextmanager
def on_ray(address: str | None, workers: int | None) -> Iterator[RayEngine]:
    """Connect to Ray and leave it again.

    Args:
        address: ``HOST:PORT``, ``ray://HOST:PORT`` or ``auto``; None starts Ray on this machine.
        workers: Of the one on this machine; None is one per core.

    Raises:
        UsageError: If Ray is not installed, does not start, or no cluster is at the address.
    """
    if address is not None:
        _knock(address)
    if find_spec("ray") is None:
        raise UsageError(
            t("Ray is not installed", "没有安装 Ray"), hint='pip install "sqtool[ray]"'
        )
    own = _QUIET | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    if address is None:
        own |= THREADS | {name: held for name, held in _PATIENT.items() if name not in os.environ}
        if not {"RAY_AUTH_MODE", "RAY_AUTH_TOKEN"} & set(os.environ):
            # A secret of this run alone: else Ray leaves one in the user's home, and says so.
            own |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": token_hex(32)}
    with _folder(wanted=address is None) as folder:
        engine = RayEngine(Where(address, workers, folder), os.environ | own)
        try:
            engine.start()
            yield engine
        finally:
            engine.stop()


@contextmanager
def _folder(*, wanted: bool) -> Iterator[str | None]:
    """Make the folder for Ray's sockets and logs, for the time being."""
    if not wanted:
        yield None
        return
    place = tempfile.gettempdir()
    if sys.platform != "win32" and len(place) > _LONGEST_FOLDER:
        place = "/tmp"
    folder = tempfile.mkdtemp(prefix="sqtool-", dir=place)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _knock(address: str) -> None:
    """See whether anything is at an address: Ray itself waits for minutes, and talks.

    Raises:
        UsageError: If there is not.
    """
    if address == "auto":
        return
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not host or not port.isdigit():
        raise UsageError(
            t(f"--address: not an address: {address}", f"--address:不是地址:{address}"),
            hint="--address HOST:6379",
        )
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_PATIENCE).close()
    except (OSError, OverflowError) as error:
        raise _no_cluster(address, str(error)) from error


def _no_cluster(address: str | None, reason: str) -> UsageError:
    hint = reason.strip().split("\n", 1)[0]
    if address is None:
        return UsageError(t("Ray does not start", "Ray 无法启动"), hint=hint)
    return UsageError(t(f"no cluster of Ray at {address}", f"{address} 没有 Ray 集群"), hint=hint)
