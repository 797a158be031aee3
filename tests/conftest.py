"""Options and fixtures that many tests share."""

import os
from collections.abc import Callable

import pytest
from hypothesis import settings

from sqtool import i18n
from sqtool.__main__ import main

# Frames of ten rows are worked on faster without a pool of threads.
os.environ.setdefault("POLARS_MAX_THREADS", "1")

# A default run is quick; HYPOTHESIS_PROFILE=thorough looks longer, as .ci/run does. Both are the
# same each time: what stops a change must not depend on chance. "search" looks where nobody has.
settings.register_profile("quick", max_examples=20, deadline=None, derandomize=True)
settings.register_profile("thorough", max_examples=100, deadline=None, derandomize=True)
settings.register_profile("search", max_examples=500, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write goldens from what is read")


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test reads or writes the store and the settings of the person who runs it."""
    folder = tmp_path_factory.getbasetemp() / "own"
    monkeypatch.setenv("SQTOOL_STORE", str(folder / "store"))
    monkeypatch.setenv("SQTOOL_CONFIG_DIR", str(folder / "config"))
    monkeypatch.setenv("SQTOOL_CACHE_DIR", str(folder / "cache"))


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Errors are tested in one language, whatever the machine speaks."""
    # Not SQTOOL_LANG: that is a setting, and would decide the language of reports, too.
    for name in ("SQTOOL_LANG", "LC_ALL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LC_MESSAGES", "en_US.UTF-8")
    i18n.use_lang(None)


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes]) -> Callable[..., tuple[int, str, str]]:
    """Run a command line; gives its exit code, standard output and standard error."""

    def call(*args: object) -> tuple[int, str, str]:
        code = main([str(arg) for arg in args])
        out, err = capfdbinary.readouterr()
        return code, out.decode("utf-8"), err.decode("utf-8")

    return call
