"""Being told to stop: SIGTERM is what Ctrl-C is, so that what is half done clears up behind itself.

Python ends at once on SIGTERM, as if killed: no ``finally``, no ``atexit``. Schedulers, containers
and ``timeout`` send it.
"""

import signal
from contextlib import suppress
from types import FrameType

from sqtool.errors import ExitCode


def stoppable(args: list[str]) -> int:
    """Run the command line until it is done or told to stop.

    SIGTERM is left alone where the process ignores it or has a handler of its own, and outside the
    main thread. On Windows nobody sends it: terminating a process ends it at once.

    Args:
        args: Arguments without the program's name.

    Returns:
        The exit code: 143 after SIGTERM, 130 after Ctrl-C.
    """
    terminated = False

    def on_signal(number: int, frame: FrameType | None) -> None:
        nonlocal terminated
        # A second one must not stop the clearing up.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        terminated = True
        raise KeyboardInterrupt

    mine = False
    try:
        if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            with suppress(ValueError):  # not the main thread
                signal.signal(signal.SIGTERM, on_signal)
                mine = True
        from sqtool.cli._run import run

        code = run(args)
    except KeyboardInterrupt:
        code = int(ExitCode.INTERRUPTED)
    finally:
        if mine:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
    return int(ExitCode.TERMINATED) if terminated else code
