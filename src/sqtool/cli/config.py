"""Settings: thresholds, targets and defaults of options, in one file; show, set and check them.

设置:阈值、目标和常用选项的默认值,都在一个文件里;查看、修改、检查。
"""

from typing import Annotated, Any

import typer

from sqtool.cli._base import Command, Example
from sqtool.cli._flags import option
from sqtool.cli._options import TableWriting
from sqtool.cli._takes import takes
from sqtool.errors import ExitCode, UsageError
from sqtool.i18n import t

ACTIONS = ("show", "path", "set", "unset", "check")
Action = Annotated[
    str,
    typer.Argument(
        metavar="[ACTION]",
        help=t(
            "show (default), path, set KEY VALUE, unset KEY, or check.",
            "show(默认)、path、set 设置 值、unset 设置、check。",
        ),
        show_default=False,
    ),
]
Words = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[KEY [VALUE...]]",
        help=t("The setting, and its value.", "设置的名称和值。"),
        show_default=False,
    ),
]
ChangedOption = Annotated[
    bool, option("--changed", en="Show only what is set.", zh="只看改过的设置。")
]


@takes
def config(
    writing: TableWriting, action: Action = "show", words: Words = None,
    changed: ChangedOption = False,
) -> int | None:  # fmt: skip
    """Show, set or check settings."""
    if action not in ACTIONS:
        raise UsageError(
            t(f"config cannot do this: {action}", f"config 没有这个动作:{action}"),
            hint=t("possible: ", "可用:") + ", ".join(ACTIONS),
        )
    most = {"set": None, "unset": 1}.get(action, 0)
    if most is not None and len(words or ()) > most:
        raise UsageError(t(f"too many words after {action}", f"{action} 后面多了内容"))
    match action:
        case "check":
            return _check(writing)
        case "path":
            from sqtool.cli._config import config_path

            typer.echo(str(config_path(writing.config)))
        case "show":
            _show(writing, changed=changed)
        case _:
            _change(action, words or [], writing)
    return None


def _change(action: str, words: list[str], writing: TableWriting) -> None:
    from sqtool.cli._config_write import set_value, unset_value
    from sqtool.cli._tell import note

    if len(words) < (2 if action == "set" else 1):
        raise UsageError(
            t(f"{action} needs a setting and a value", "set 后面要写设置和值")
            if action == "set"
            else t("unset needs a setting", "unset 后面要写设置"),
            hint="sqtool config set verdict.trend_change 0.3",
        )
    if action == "set":
        path = set_value(words[0], words[1:], writing.config)
    else:
        path = unset_value(words[0], writing.config)
    note(t(f"wrote {path}", f"已写入 {path}"), quiet=writing.quiet)


def _check(writing: TableWriting) -> int:
    from sqtool.cli._config import given
    from sqtool.cli._config_check import checked, strangers
    from sqtool.cli._tell import note
    from sqtool.render._escape import clean

    found = given(writing.config)
    problems = [*checked(found)[1], *strangers(found)]
    for problem in problems:
        typer.echo(clean(str(problem)))
    if not problems:
        note(t("no problems", "没有问题"), quiet=writing.quiet)
    return int(ExitCode.USAGE if problems else ExitCode.OK)


def _show(writing: TableWriting, *, changed: bool) -> None:
    import polars as pl

    from sqtool.cli._config import load
    from sqtool.cli._config_check import known
    from sqtool.cli._config_options import FLAGS
    from sqtool.cli._config_show import chat_targets, in_force
    from sqtool.cli._listing import column, listing, table
    from sqtool.config import said
    from sqtool.metrics._base import Column

    now = load(writing.config)
    values = in_force(now)
    rows: list[tuple[Any, ...]] = []
    for path, setting in known().items():
        key = ".".join(path)
        default = FLAGS.get(key, said(setting.default))
        value = values.get(path, default)
        origin = now.origins.get(key, "default")
        if not setting.is_file or origin != "default":
            rows.append((key, value, default, origin, value != default))
    rows += [(key, value, "", "file", True) for key, value in chat_targets(now)]
    if changed:
        rows = [row for row in rows if row[3] != "default"]
    columns = [
        column("key", "设置", en="setting"), column("value", "现值"), column("default", "默认"),
        Column("origin", pl.String(), "label", "from", "来源", "origin"),
        Column("changed", pl.Boolean(), "flag", "changed", "改过"),
    ]  # fmt: skip
    title = ("Settings in force", "生效的设置")
    listing("config", title, [table("settings", title, columns, rows)], writing)


COMMAND = Command(
    config,
    (
        Example("sqtool config", "what is in force, and from where", "看现在的设置和来源"),
        Example(
            "sqtool config set verdict.trend_change 0.3", "another threshold", "改一个阈值"
        ),
        Example("sqtool config set staff 小林 阿梅", "who is staff, always", "运营人员,一次写好"),
        Example("sqtool config set targets.wau 50", "a target for the review", "定一个周活目标"),
        Example("sqtool config check", "is the file right?", "检查文件写得对不对"),
    ),
)  # fmt: skip
