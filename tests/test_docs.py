"""The documentation is true: examples run, names exist, links lead somewhere."""

import re
import shlex
import subprocess
import sys
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


def test_the_format_of_the_how_to_page_is_the_real_one() -> None:
    text = (ROOT / "docs" / "adding-a-format.md").read_text(encoding="utf-8")
    source = (ROOT / "src" / "sqtool" / "parsers" / "wechat_dump_txt.py").read_text("utf-8")
    pieces = blocks(text, "python")
    assert len(pieces) == 4
    for piece in pieces:
        assert piece in source
    (sample,) = blocks(text, "text")
    fixture = ROOT / "fixtures" / "exports" / "wechat-dump-txt" / "读书会一群.txt"
    lines = fixture.read_text("utf-8").splitlines()
    assert all(line in lines for line in sample.splitlines())


def test_the_page_of_formats_is_what_the_parsers_declare(tmp_path: Path) -> None:
    fresh = tmp_path / "formats.md"
    script = ROOT / "scripts" / "formats_page.py"
    subprocess.run([sys.executable, script, fresh], check=True)
    assert fresh.read_bytes() == (ROOT / "docs" / "formats.md").read_bytes()


def test_what_is_read_stands_in_the_readmes() -> None:
    # Names that people know the tools by; each has formats, and every format has a name.
    families = {
        "QQ / TIM": "qq-txt qq-mht", "QQChatExporter": "qq-qce", "QQNT": "qq-nt",
        "OneBot": "qq-onebot qq-botlog qq-chatrecorder", "LiteLoader": "qq-litelogger",
        "QQ-History-Backup": "qq-android", "MemoTrace": "wechat-memotrace wechat-wechatmsg",
        "WeFlow": "wechat-weflow", "chatlog": "wechat-chatlog wechat-keeper", "wetrace":
        "wechat-wetrace", "PyWxDump": "wechat-pywxdump", "EchoTrace": "wechat-echotrace",
        "WechatExporter": "wechat-exporter", "wx-cli": "wechat-wxcli",
        "wechat-decrypt": "wechat-decrypt", "WeChatDataAnalysis": "wechat-dataanalysis",
        "CipherTalk": "wechat-ciphertalk", "wechat-dump": "wechat-dump",
        "copied": "wechat-mail wechat-paste qq-paste", "WeCom": "wecom", "Telegram": "telegram",
        "WhatsApp": "whatsapp", "Discord": "discord", "Slack": "slack", "LINE": "line",
        "Zulip": "zulip", "ChatLab": "chatlab", "sqtool": "sqtool",
    }  # fmt: skip
    starts = tuple(start for words in families.values() for start in words.split())
    for words, family in families.items():
        assert words in README, words
        assert any(name.startswith(tuple(family.split())) for name in PARSERS.names()), family
    assert [name for name in PARSERS.names() if not name.startswith(starts)] == []
