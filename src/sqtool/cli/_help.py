"""Help pages that teach: grouped, with examples, aligned also in Chinese. No rich needed."""

import shutil
from collections.abc import Iterable, Sequence
from typing import Any

from sqtool.cli._base import Command, Example, command_groups, summary
from sqtool.i18n import system_lang, t
from sqtool.render._escape import display_width
from sqtool.render._wrap import wrap

QUICK_START = (
    Example("sqtool demo", "write a made-up group to ./sqtool-demo", "造一个示例群(./sqtool-demo)"),
    Example("sqtool report sqtool-demo/*.txt", "its weekly review, here", "在终端看它的周报"),
    Example("sqtool report chat.txt -o week.md", "your own export, to a file", "你的导出,写成文件"),
)  # fmt: skip
PANELS = (
    ("source", "Input", "输入"),
    ("period", "Period", "时间"),
    ("people", "People", "人员"),
    ("chats", "Chats", "群"),
    ("output", "Output", "输出"),
)
"""Option topics, in order: ``rich_help_panel`` of an option is one of the keys."""

OTHER = ("Other", "其他")


def overview(params: Iterable[Any]) -> str:
    """Return the first page.

    Args:
        params: The parsed parameters of the group.
    """
    page = [
        t(
            "From a chat-group export to a weekly review you can forward. Everything is computed"
            " on this computer, nothing is sent anywhere.",
            "从群聊导出到一份可以直接转发的周报。全部在本机计算,不联网。",
        ),
        "",
        t("Usage: sqtool COMMAND [OPTIONS] FILE...", "用法:sqtool 命令 [选项] 文件..."),
    ]
    lines = [line for part in page for line in _fit(part)]
    lines += ["", t("30 seconds:", "30 秒上手:"), *_examples(QUICK_START)]
    for (en, zh), names in command_groups():
        if names:
            lines += ["", f"{t(en, zh)}:", *_pairs([(name, summary(name)) for name in names])]
    lines += ["", t("Options:", "选项:"), *_pairs(_records(params))]
    more = t(
        "`sqtool COMMAND --help` shows a command's options and examples.",
        "`sqtool 命令 --help` 显示该命令的选项和例子。",
    )
    return "\n".join([*lines, "", *_fit(more)]) + "\n"


def command_page(name: str, command: Command, params: Sequence[Any]) -> str:
    """Return the page of one command.

    Args:
        name: Its name.
        command: Its examples and tables.
        params: Its parsed parameters.
    """
    arguments = [p for p in params if p.param_type_name == "argument"]
    options = [p for p in params if p.param_type_name == "option" and not p.hidden]
    usage = " ".join(
        ["sqtool", name, t("[OPTIONS]", "[选项]"), *(str(p.metavar) for p in arguments)]
    )
    lines = [*_fit(summary(name)), "", t("Usage: ", "用法:") + usage]
    lines += ["", t("Examples:", "例子:"), *_examples(command.examples)]
    if command.tables is not None:
        lines += ["", t("Tables (--table):", "表(--table):"), *_pairs(command.tables())]
    by_panel: dict[str, list[Any]] = {key: [] for key, _, _ in PANELS}
    for option in options:
        # --help itself is not one of ours and may have no panel.
        by_panel.setdefault(getattr(option, "rich_help_panel", None) or "", []).append(option)
    titles = {key: t(en, zh) for key, en, zh in PANELS}
    for key, members in by_panel.items():
        rows = _records(members)
        if key == "source":
            rows = [(str(p.metavar), p.help or "") for p in arguments] + rows
        if rows:
            lines += ["", titles.get(key, t(*OTHER)) + ":", *_pairs(rows)]
    return "\n".join(lines) + "\n"


def _records(params: Iterable[Any]) -> list[tuple[str, str]]:
    records = []
    for param in params:
        if param.param_type_name != "option" or param.hidden:
            continue
        if param.name == "help":
            records.append(("--help", t("Show this page.", "显示本页。")))
            continue
        if "completion" in str(param.name):
            records.append((param.opts[0], _COMPLETION[str(param.name)]()))
            continue
        names = ", ".join(sorted([*param.opts, *param.secondary_opts], key=len))
        value = "" if param.is_flag else f" {param.metavar or 'TEXT'}"
        records.append((names + value, param.help or ""))
    return records


_COMPLETION = {
    "install_completion": lambda: t(
        "Set up completion for this shell.", "为当前 shell 装上命令补全。"
    ),
    "show_completion": lambda: t("Print the completion script.", "打印补全脚本。"),
}


def _examples(examples: Sequence[Example]) -> list[str]:
    lang = system_lang()
    return _pairs([(e.line, e.zh if lang == "zh" else e.en) for e in examples], most=44)


def _width() -> int:
    return max(40, min(shutil.get_terminal_size((80, 24)).columns, 100))


def _fit(text: str) -> list[str]:
    return wrap(text, _width())


def _pairs(rows: Sequence[tuple[str, str]], most: int = 26) -> list[str]:
    """Return two columns; a long left cell gets a line of its own."""
    left = min(max((display_width(a) for a, _ in rows), default=0), most)
    room = max(_width() - left - 4, 20)
    lines = []
    for name, words in rows:
        parts = wrap(words, room)
        pad = left - display_width(name)
        if pad < 0:
            lines.append("  " + name)
            lines += [" " * (left + 4) + part for part in parts]
            continue
        lines.append(f"  {name}{' ' * pad}  {parts[0]}".rstrip())
        lines += [" " * (left + 4) + part for part in parts[1:]]
    return lines
