"""The documentation is true: examples run, names exist, links lead somewhere."""

import re
import shlex
from pathlib import Path

import pytest

from sqtool.cli._base import COMMANDS
from sqtool.metrics import METRICS
from sqtool.parsers import PARSERS

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
README = (ROOT / "README.md").read_text(encoding="utf-8")
CHINESE = (ROOT / "README.zh-CN.md").read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_link_and_picture_leads_to_a_file(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


def test_the_readmes_name_every_command() -> None:
    for name in (*COMMANDS.names(), *METRICS.names()):
        assert f"`{name}`" in README, name


def test_every_sqtool_line_of_the_readmes_uses_commands_and_options_that_exist() -> None:
    from typer.testing import CliRunner

    from sqtool.cli._app import app

    helps: dict[str, str] = {}
    for text in (README, CHINESE):
        for block in blocks(text, "sh"):
            for line in re.findall(r"^\s*(?:uv run )?sqtool (.*)$", block, re.MULTILINE):
                command, *words = shlex.split(line, comments=True)
                if command not in helps:
                    shown = CliRunner().invoke(app, [command, "--help"])
                    assert shown.exit_code == 0, command
                    helps[command] = shown.output
                for word in words:
                    if word.startswith("-"):
                        assert word in helps[command], f"{command} {word}"


def test_the_python_example_of_the_readme_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    (example,) = blocks(README, "python")
    exec(compile(example, "README.md", "exec"), {})


def test_the_metric_of_the_how_to_page_is_a_metric(monkeypatch: pytest.MonkeyPatch) -> None:
    from sqtool import Context
    from tests._chat import chat

    text = (ROOT / "docs" / "adding-a-metric.md").read_text(encoding="utf-8")
    names: dict[str, object] = {}
    exec(compile(blocks(text, "python")[0], "adding-a-metric.md", "exec"), names)
    data = chat("d1 09:00 ann x3: hi\nd2 09:30 bob: hi\nd2 21:00 bob: hi")
    found = names["hours"](data, Context.of(data)).collect()  # type: ignore[operator]
    assert found["hours"].to_list() == [2]


def test_what_is_read_stands_in_the_readmes() -> None:
    families = {"QQChatExporter": "qq-qce", "WeChatMsg": "wechat-wechatmsg", "MemoTrace":
                "wechat-memotrace", "chatlog": "wechat-chatlog", "WeFlow": "wechat-weflow",
                "ChatLab": "chatlab", "QQ / TIM": "qq-txt"}  # fmt: skip
    for words, family in families.items():
        assert words in README
        assert [name for name in PARSERS.names() if name.startswith(family)], family
    assert all(
        any(name.startswith(family) for family in families.values()) for name in PARSERS.names()
    )
