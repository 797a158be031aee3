"""Ray as the place where batches of chats are worked out: here for the time being, or a cluster.

A worker is sent what to do, where the store is and which versions of its tables count; it opens
them by itself and sends back Arrow. Ray is quiet, keeps to this machine unless told otherwise, and
is gone afterwards.
"""

import logging
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout, suppress
from importlib import import_module
from io import BytesIO
from pathlib import Path
from secrets import token_hex
from typing import Any, Final, cast

import polars as pl
from deltalake.exceptions import DeltaError

from sqtool.errors import SqtoolError, UsageError
from sqtool.i18n import t
from sqtool.scale import Work

RETRIES: Final = 3
"""So often a batch is tried again after its worker died or could not read."""
_PASSING: Final = (OSError, DeltaError, pl.exceptions.ComputeError)
"""What may go well a second time; anything else would fail again."""
_OBJECTS: Final = 128 * 2**20
"""Bytes that results wait in: they are tables, not messages. Ray would take a third of memory."""
_STARTS: Final = 3
"""Ray gives itself 30 seconds to start, which a busy machine exceeds now and then."""
_PATIENCE: Final = 5.0
"""Seconds to wait for a cluster to answer at all."""
_LONGEST_FOLDER: Final = 30
"""Ray puts sockets below its folder, and the address of a socket has at most 103 bytes."""
_THREADS: Final = {"POLARS_MAX_THREADS": "1"}
"""One batch a core: more threads than that only get in each other's way."""
_QUIET: Final = {
    "RAY_USAGE_STATS_ENABLED": "0",  # sends nothing anywhere
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",  # workers take this environment, they do not build one
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # else a warning about a change to come
}


class RayEngine:
    """Batches as tasks of Ray.

    Args:
        ray: The module, connected.
        workers: How many tasks run at a time.
    """

    def __init__(self, ray: Any, workers: int) -> None:
        self.ray = ray
        self.workers = workers

    def run(
        self, work: Work, batches: Sequence[Sequence[str]]
    ) -> Iterator[tuple[int, list[pl.DataFrame]]]:
        """Yield place and rows of each batch as they are done.

        Raises:
            SqtoolError: What a batch failed with.
            UsageError: If the workers died, again and again.
        """
        ray = self.ray
        task = ray.remote(num_cpus=1, max_retries=RETRIES, retry_exceptions=list(_PASSING))(_batch)
        sent = ray.put(work)
        pending = {task.remote(sent, list(chats)): place for place, chats in enumerate(batches)}
        try:
            while pending:
                (done,), _ = ray.wait(list(pending), num_returns=1)
                frames = self._got(done)
                yield pending.pop(done), [pl.read_ipc(BytesIO(frame)) for frame in frames]
        finally:
            for left in pending:  # a cluster goes on without us
                ray.cancel(left, force=True)

    def _got(self, done: Any) -> list[bytes]:
        errors = self.ray.exceptions
        try:
            return cast(list[bytes], self.ray.get(done))
        except errors.RayTaskError as error:
            raise _cause(error) from error
        except errors.RayError as error:
            raise UsageError(
                t("workers of Ray died again and again", "Ray 的工作进程反复退出"),
                hint=t(
                    "out of memory? --engine polars needs less",
                    "内存不足?可改用 --engine polars",
                ),
            ) from error


def _batch(work: Work, chats: list[str]) -> list[bytes]:
    """Work out one batch, in a worker."""
    return [_arrow(frame) for frame in work.batch(chats)]


def _arrow(frame: pl.DataFrame) -> bytes:
    held = BytesIO()
    frame.write_ipc(held, compression="zstd")
    return held.getvalue()


def _cause(error: Any) -> BaseException:
    """Return what went wrong in a worker, as if it had happened here."""
    cause = error.cause
    if isinstance(cause, SqtoolError):
        return cause
    # What a worker cannot import or unpickle, Ray wraps in an error of its own.
    if isinstance(cause, ImportError) or "failed to import" in str(cause):
        return UsageError(
            t("the cluster's workers cannot load sqtool", "集群的工作进程无法加载 sqtool"),
            hint=t(
                "install the same versions of sqtool and polars on every machine",
                "每台机器都要装上相同版本的 sqtool 和 polars",
            ),
        )
    return cause if isinstance(cause, BaseException) else error


@contextmanager
def on_ray(address: str | None, workers: int | None) -> Iterator[RayEngine]:
    """Connect to Ray and leave it again.

    Meanwhile standard output is closed, for all: Ray writes there that a worker died, from a thread
    of its own, and what we write there is data.

    Args:
        address: ``HOST:PORT``, ``ray://HOST:PORT`` or ``auto``; None starts Ray on this machine.
        workers: Of the one on this machine; None is one per core.

    Raises:
        UsageError: If Ray is not installed, does not start, or no cluster is at the address.
    """
    if address is not None:
        _knock(address)
    own = dict(_QUIET)
    if address is None:
        own |= _THREADS  # for its workers: here polars has its threads already
        if not {"RAY_AUTH_MODE", "RAY_AUTH_TOKEN"} & set(os.environ):
            # A secret of this run alone: else Ray leaves one in the user's home, and says so.
            own |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": token_hex(32)}
    with _folder(wanted=address is None) as folder, _environment(own), _hushed(), _own_sigterm():
        try:
            ray = import_module("ray")
        except ImportError as error:
            raise UsageError(
                t("Ray is not installed", "没有安装 Ray"), hint='pip install "sqtool[ray]"'
            ) from error
        try:
            with _own_sigterm():
                _start(ray, _options(address, folder, workers))
            yield RayEngine(ray, max(1, int(ray.cluster_resources().get("CPU", 1))))
        finally:
            ray.shutdown()


def _start(ray: Any, options: dict[str, Any]) -> None:
    local = options["address"] == "local"
    for left in reversed(range(_STARTS)):
        try:
            ray.init(**options)
            return
        except Exception as error:  # Ray raises bare ones, too
            ray.shutdown()
            if not local or not left or "timed out" not in str(error):
                raise _no_cluster(None if local else options["address"], error) from error


def _options(address: str | None, folder: str | None, workers: int | None) -> dict[str, Any]:
    """Return the arguments of ``ray.init``."""
    common: dict[str, Any] = {"configure_logging": False, "log_to_driver": False}
    if address is not None:
        return common | {"address": address, "runtime_env": {"env_vars": _THREADS}}
    return common | {
        "address": "local",  # never a cluster that happens to run here
        "include_dashboard": False,
        "num_cpus": workers,
        "object_store_memory": _OBJECTS,
        "_temp_dir": folder,
    }


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


@contextmanager
def _environment(own: dict[str, str]) -> Iterator[None]:
    """Set variables for Ray's own processes; all is as it was afterwards."""
    before = dict(os.environ)
    os.environ.update(own)
    try:
        yield
    finally:
        for name in set(os.environ) - set(before):  # Ray sets some, too
            del os.environ[name]
        os.environ.update(before)


@contextmanager
def _hushed() -> Iterator[None]:
    """Let nobody write to standard output, and Ray not to standard error."""
    log = logging.getLogger("ray")
    level = log.level
    log.setLevel(logging.CRITICAL)
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
        try:
            yield
        finally:
            log.setLevel(level)


@contextmanager
def _own_sigterm() -> Iterator[None]:
    """Keep our handler of SIGTERM, where Ray puts its own: ours clears up what is half done."""
    handler = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        with suppress(ValueError, TypeError):  # not the main thread; not set by Python
            signal.signal(signal.SIGTERM, handler)


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
        raise _no_cluster(address, error) from error


def _no_cluster(address: str | None, error: BaseException) -> UsageError:
    reason = str(error).strip().split("\n", 1)[0]
    if address is None:
        return UsageError(t("Ray does not start", "Ray 无法启动"), hint=reason)
    return UsageError(t(f"no cluster of Ray at {address}", f"{address} 没有 Ray 集群"), hint=reason)
