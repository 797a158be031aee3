"""How an option is declared, and the few that every command has. Light: ``--help`` imports it."""

from typing import Annotated, Any

import typer

from sqtool.i18n import t


def option(*names: str, en: str, zh: str, panel: str = "output", value: str | None = None) -> Any:
    """Return a Typer option worded in the system's language.

    Args:
        names: The flags.
        en: Help in English.
        zh: Help in Chinese.
        panel: Topic on the help page, a key of ``_help.PANELS``.
        value: What the value is called; None for flags.
    """
    return typer.Option(
        *names, help=t(en, zh), rich_help_panel=panel, metavar=value, show_default=False
    )


StoreOption = Annotated[
    str | None,
    option(
        "--store",
        en="The store: a folder, or s3://… (default: SQTOOL_STORE, else your own).",
        zh="存储库:文件夹或 s3://…(默认用环境变量 SQTOOL_STORE,再没有就用自己的)。",
        panel="source",
        value="DIR",
    ),
]
LangOption = Annotated[
    str | None,
    option("--lang", en="Language: zh or en.", zh="语言:zh 或 en。", value="zh|en"),
]
ConfigOption = Annotated[
    str | None,
    option(
        "--config",
        en="Settings from this file (default: SQTOOL_CONFIG, else your own; see: sqtool config).",
        zh="设置文件(默认用环境变量 SQTOOL_CONFIG,再没有就用自己的;见 sqtool config)。",
        value="FILE",
    ),
]
QuietOption = Annotated[
    bool, option("-q", "--quiet", en="No progress, no notes.", zh="不显示进度和提示。")
]
DebugOption = Annotated[bool, option("--debug", en="Traceback on errors.", zh="出错时显示调用栈。")]
