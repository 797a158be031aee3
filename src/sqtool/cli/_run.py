"""Runs the command line: every failure becomes plain lines on stderr and an exit code."""

import os
import sys
import traceback
from typing import Any, cast

from sqtool.cli._config import named_file, own_lang
from sqtool.errors import ExitCode, SqtoolError, UsageError
from sqtool.i18n import Lang, t, use_lang
from sqtool.render._escape import clean


def run(args: list[str]) -> int:
    """Run one command.

    Args:
        args: Arguments without the program's name.

    Returns:
        The exit code.
    """
    try:
        # Before any help text or error is worded.
        use_lang(_asked_lang(args) or own_lang(named_file(args)))
        return _dispatch(args)
    except SqtoolError as error:
        _debug(args)
        _complain(error)
        return int(error.code)
    except KeyboardInterrupt:
        return int(ExitCode.INTERRUPTED)
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else int(ExitCode.OK)
    except BaseException as error:  # a Rust panic is no Exception
        return _unexpected(error, args)


def _dispatch(args: list[str]) -> int:
    import typer

    from sqtool.cli._app import app

    # Where the class lives differs between versions of typer; its subclass is public.
    usage_error: Any = typer.BadParameter.__bases__[0]
    try:
        code = typer.main.get_command(app).main(
            args or ["--help"], prog_name="sqtool", standalone_mode=False
        )
    except usage_error as error:
        raise _worded(error) from error
    return int(code or 0)


def _worded(error: Any) -> UsageError:
    """Say the option parser's complaint in the user's language, with the closest option."""
    command = getattr(getattr(error, "ctx", None), "command_path", "sqtool")
    hint = t(f"see: {command} --help", f"见:{command} --help")
    option = getattr(error, "option_name", "")
    match type(error).__name__:
        case "NoSuchOption":
            close = sorted(error.possibilities or ())
            if close:
                hint = t(f"did you mean {close[0]}?", f"是不是 {close[0]}?")
            return UsageError(t(f"no such option: {option}", f"没有这个选项:{option}"), hint=hint)
        case "BadOptionUsage":
            what = t(f"{option} needs a value", f"{option} 后面要跟一个值")
            return UsageError(what, hint=hint)
        case "MissingParameter":
            named = str(getattr(error.param, "metavar", "") or error.param.opts[0])
            return UsageError(t(f"missing: {named}", f"缺少参数:{named}"), hint=hint)
        case "BadParameter" if error.param is not None:
            # Text takes anything and choices are checked by us: what is left are numbers.
            named = error.param.opts[0]
            return UsageError(t(f"{named} needs a whole number", f"{named} 要一个整数"), hint=hint)
    return UsageError(error.format_message().rstrip("."), hint=hint)


def _asked_lang(args: list[str]) -> Lang | None:
    """Return the value of ``--lang``.

    Raises:
        UsageError: If it is no language of ours.
    """
    for at, arg in enumerate(args):
        if arg == "--":
            break
        value: str | None = None
        if arg == "--lang" and at + 1 < len(args):
            value = args[at + 1]
        elif arg.startswith("--lang="):
            value = arg.removeprefix("--lang=")
        if value in ("zh", "en"):
            return cast(Lang, value)
        if value is not None:
            raise UsageError(
                t(f"unknown language: {value}", f"没有这种语言:{value}"),
                hint="--lang zh | --lang en",
            )
    return None


def _complain(error: SqtoolError) -> None:
    where = f"{error.where}: " if error.where else ""
    sys.stderr.write(f"sqtool: {clean(where + error.what)}\n")
    # A list of chats, say, comes as a hint of several lines.
    for line in error.hint.splitlines():
        sys.stderr.write(f"  {clean(line)}\n")


def bug(error: BaseException) -> str:
    """Return what to say of a failure that is ours: type and place, for a message may quote."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if "sqtool" in f.filename] or list(frames)
    place = f"{os.path.basename(own[-1].filename)}:{own[-1].lineno}" if own else "?"  # noqa: PTH119
    kind = type(error).__name__
    return t(
        f"internal error: {kind} at {place}; this is a bug in sqtool",
        f"内部错误:{kind},位于 {place};这是 sqtool 的缺陷",
    )


def _unexpected(error: BaseException, args: list[str]) -> int:
    sys.stderr.write(f"sqtool: {bug(error)}\n")
    if not _debug(args):
        again = t("add --debug for the traceback", "加 --debug 查看调用栈")
        sys.stderr.write(f"  {again}\n")
    return int(ExitCode.BUG)


def _debug(args: list[str]) -> bool:
    """Print the traceback if ``--debug`` was given (never with locals: they hold chat text)."""
    wanted = "--debug" in args
    if wanted:
        traceback.print_exc()
    return wanted
