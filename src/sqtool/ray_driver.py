"""The process that speaks to Ray, and nothing else.

Ray's own code ends the process it runs in when it loses its cluster, without an exception, and
writes to standard output. So that is a process of its own: ``on_ray`` starts it and talks to it
through its standard input and output, in pickles: first where Ray is, then batches. It leaves when
its input ends, whatever it is doing.
"""

import os
import pickle
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from io import BytesIO
from queue import SimpleQueue
from threading import Event, Thread
from typing import Any, BinaryIO, Final

RETRIES: Final = 3
"""So often a batch is tried again after its worker died or could not read."""
_OBJECTS: Final = 128 * 2**20
"""Bytes that results wait in: they are tables, not messages. Ray would take a third of memory."""
_LOOK: Final = 0.5
"""Seconds between two looks at whether we are to stop."""
THREADS: Final = {"POLARS_MAX_THREADS": "1"}
"""One batch a core: more threads than that only get in each other's way."""


@dataclass(frozen=True)
class Where:
    """What is asked first.

    Args:
        address: Of a cluster; None starts Ray here.
        workers: Of the one here; None is one per core.
        folder: For sockets and logs of the one here.
    """

    address: str | None
    workers: int | None
    folder: str | None

    def options(self) -> dict[str, Any]:
        """Return the arguments of ``ray.init``."""
        common: dict[str, Any] = {"configure_logging": False, "log_to_driver": False}
        if self.address is not None:
            return common | {"address": self.address, "runtime_env": {"env_vars": THREADS}}
        return common | {
            "address": "local",  # never a cluster that happens to run here
            "include_dashboard": False,
            "num_cpus": self.workers,
            "object_store_memory": _OBJECTS,
            "_temp_dir": self.folder,
        }


@dataclass(frozen=True)
class Batches:
    """What is asked then.

    Args:
        work: A pickled ``scale.Work``.
        chats: Ids of the chats of each batch, by its place.
    """

    work: bytes
    chats: dict[int, list[str]]


@dataclass(frozen=True)
class Ready:
    """Ray is there."""

    workers: int
    address: str


@dataclass(frozen=True)
class NotReady:
    """Ray did not start, or there is no cluster; after ``late`` another try may help."""

    reason: str
    late: bool


@dataclass(frozen=True)
class Done:
    """The rows of a batch, as Arrow."""

    place: int
    frames: list[bytes]


@dataclass(frozen=True)
class AllDone:
    """All batches are done."""


@dataclass(frozen=True)
class Died:
    """The workers of a batch died, again and again."""


@dataclass(frozen=True)
class Failed:
    """A batch failed: the error, pickled, and how it came about."""

    error: bytes
    trace: str


Told = Ready | NotReady | Done | AllDone | Died | Failed


def main() -> None:
    """Answer what comes on standard input until it ends."""
    asked, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123 - a number is all that is wanted
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)  # what Ray prints is no answer
    sys.exit(_Driver(asked, answers).serve())


class _Driver:
    def __init__(self, asked: BinaryIO, answers: BinaryIO) -> None:
        self.answers = answers
        self.queue: SimpleQueue[Any] = SimpleQueue()
        self.over = Event()
        Thread(target=self._listen, args=(asked,), daemon=True).start()

    def _listen(self, asked: BinaryIO) -> None:
        try:
            while True:
                self.queue.put(pickle.load(asked))
        except (EOFError, OSError, pickle.UnpicklingError):
            self.over.set()
            self.queue.put(None)

    def _tell(self, what: Told) -> None:
        pickle.dump(what, self.answers)
        self.answers.flush()

    def serve(self) -> int:
        where = self.queue.get()
        if where is None:
            return 0
        ray = import_module("ray")
        try:
            ray.init(**where.options())
        except Exception as error:  # Ray raises bare ones, too
            self._tell(NotReady(_line(error), "timed out" in str(error)))
            return 1
        try:
            workers = max(1, int(ray.cluster_resources().get("CPU", 1)))
            here = where.address or ray.get_runtime_context().gcs_address
            self._tell(Ready(workers, here))
            while (batches := self.queue.get()) is not None:
                for told in self._work(ray, batches):
                    self._tell(told)
        except BrokenPipeError:
            pass  # nobody listens any more
        finally:
            ray.shutdown()
            if where.folder is not None:  # should there be nobody else to remove it
                shutil.rmtree(where.folder, ignore_errors=True)
        return 0

    def _work(self, ray: Any, batches: Batches) -> Iterator[Told]:
        passing = list(_passing())
        task = ray.remote(num_cpus=1, max_retries=RETRIES, retry_exceptions=passing)(work_out)
        sent = ray.put(batches.work)
        pending = {task.remote(sent, chats): place for place, chats in batches.chats.items()}
        try:
            while pending and not self.over.is_set():
                done, _ = ray.wait(list(pending), num_returns=1, timeout=_LOOK)
                for one in done:
                    yield Done(pending[one], ray.get(one))
                    del pending[one]
            yield AllDone()
        except ray.exceptions.RayTaskError as error:
            yield _failed(error)
        except ray.exceptions.RayError:
            yield Died()
        finally:
            for left in pending:  # a cluster goes on without us
                ray.cancel(left, force=True)


def work_out(work: bytes, chats: list[str]) -> list[bytes]:
    """Work out one batch, in a worker."""
    frames = pickle.loads(work).batch(chats)
    return [_arrow(frame) for frame in frames]


def _arrow(frame: Any) -> bytes:
    held = BytesIO()
    frame.write_ipc(held, compression="zstd")
    return held.getvalue()


def _passing() -> tuple[type[Exception], ...]:
    """Return what may go well a second time; anything else would fail again."""
    from deltalake.exceptions import DeltaError
    from polars.exceptions import ComputeError

    return OSError, DeltaError, ComputeError


def _failed(error: Any) -> Failed:
    """Return what went wrong in a worker."""
    cause = error.cause if isinstance(error.cause, BaseException) else None
    try:
        return Failed(pickle.dumps(cause), str(error))
    except Exception:  # whatever a class of errors may not like about being pickled
        return Failed(pickle.dumps(None), str(error))


def _line(error: BaseException) -> str:
    return str(error).strip().split("\n", 1)[0]
