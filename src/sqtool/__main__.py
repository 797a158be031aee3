"""``python -m sqtool`` and the console script: the lightest possible start.

``--version`` is answered before anything is imported, and Ctrl-C is quiet even while it is.
"""

import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        argv: Arguments without the program's name; those of the process by default.

    Returns:
        The exit code (``sqtool.errors.ExitCode``).
    """
    args = list(sys.argv[1:] if argv is None else argv)
    if args in (["--version"], ["-V"]):
        from sqtool import __version__

        sys.stdout.write(f"sqtool {__version__}\n")
        return 0
    try:
        from sqtool.cli._stop import stoppable

        return stoppable(args)
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
