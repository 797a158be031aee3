"""The Typer application. Commands are built when asked for: ``--help`` imports none of them."""

import difflib
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from sqtool.cli import _base, _config, _help
from sqtool.cli._flags import LangOption
from sqtool.errors import UsageError
from sqtool.i18n import t

UNCONFIGURED = ("config",)
"""Commands that must run whatever the settings file is like."""


class CommandHelp(TyperCommand):
    """A command whose help page is ours: two languages, options by topic, examples."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the page."""
        name = str(self.name)
        found = _base.find(name)
        if found is not None:
            formatter.write(_help.command_page(name, found, self.get_params(ctx)))


class Commands(TyperGroup):
    """The group of all commands, looked up by file name."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names in the order of the help page."""
        return _base.all_names()

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Import and build one command; a mistyped name is answered with the closest.

        Raises:
            UsageError: If there is no such command.
        """
        found = _base.find(cmd_name)
        if found is None:
            raise unknown_command(cmd_name)
        single = typer.Typer(add_completion=False, rich_markup_mode=None)
        single.command(
            cmd_name, cls=CommandHelp, help=_base.summary(cmd_name), options_metavar="[OPTIONS]"
        )(found.run)
        return typer.main.get_command(single)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command; what the settings file says are its defaults, below any flag.

        Raises:
            UsageError: If something is wrong with the settings.
        """
        found = super().resolve_command(ctx, args)
        name, _, rest = found
        if name not in UNCONFIGURED and "--help" not in rest:
            ctx.default_map = {name: _config.option_defaults(_config.named_file(rest))}
        return found

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the first page."""
        formatter.write(_help.overview(self.get_params(ctx)))


def unknown_command(name: str) -> UsageError:
    """Return the error for a name that is no command."""
    close = difflib.get_close_matches(name, _base.all_names(), 1, cutoff=0.5)
    if any(mark in name for mark in "./\\") or not name.isascii():  # a file, whatever it is like
        hint = t(f"to review a file: sqtool report {name}", f"要看周报:sqtool report {name}")
    elif close:
        hint = t(f"did you mean: sqtool {close[0]}", f"是不是想用:sqtool {close[0]}")
    else:
        hint = t("see: sqtool --help", "见:sqtool --help")
    return UsageError(t(f"no such command: {name}", f"没有这个命令:{name}"), hint=hint)


def _version(value: bool) -> None:
    if value:
        from sqtool import __version__

        typer.echo(f"sqtool {__version__}")
        raise typer.Exit


app = typer.Typer(
    cls=Commands, rich_markup_mode=None, pretty_exceptions_enable=False, no_args_is_help=False
)


@app.callback(invoke_without_command=True)
def start(
    ctx: typer.Context,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            "-V",
            callback=_version,
            is_eager=True,
            help=t("Show the version.", "显示版本。"),
        ),
    ] = False,
    lang: LangOption = None,
) -> None:
    """Show the first page when no command is named."""
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())
