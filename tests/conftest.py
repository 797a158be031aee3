"""Options and fixtures that many tests share."""

import pytest

from sqtool import i18n


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write goldens from what is read")


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Errors are tested in one language, whatever the machine speaks."""
    monkeypatch.setenv("SQTOOL_LANG", "en")
    i18n.use_lang(None)
