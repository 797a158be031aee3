"""Settings of the user's own: one TOML file, over it the environment, over both the flags.

Light: whether there is anything at all is found out without pydantic. The file is read here and
nowhere below; metrics see ``Context.settings``.
"""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from sqtool.errors import UsageError
from sqtool.i18n import Lang, t
from sqtool.places import CACHE_VARIABLE, CONFIG_VARIABLE

if TYPE_CHECKING:
    from sqtool.config import Settings

FILE_VARIABLE: Final = "SQTOOL_CONFIG"
PREFIX: Final = "SQTOOL_"
NAME: Final = "config.toml"
_PLACES: Final = frozenset({FILE_VARIABLE, CONFIG_VARIABLE, CACHE_VARIABLE})
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_LINE: Final = re.compile(r"\(at line (\d+)")

Origin = Literal["default", "file", "env"]
Path_ = tuple[str, ...]


@dataclass(frozen=True)
class Problem:
    """Something wrong with a setting.

    Args:
        where: The file, or the variable.
        key: Dotted; empty if the file as a whole is wrong.
        what: What is wrong with it.
        hint: The right name, or what is possible.
    """

    where: str
    key: str
    what: str
    hint: str = ""

    def __str__(self) -> str:
        what = f"{self.key}: {self.what}" if self.key else self.what
        hint = t(f" ({self.hint})", f"({self.hint})") if self.hint else ""
        return f"{self.where}: {what}{hint}"


@dataclass(frozen=True)
class Given:
    """What the user has set, not yet looked at.

    Args:
        path: The file; it need not exist.
        file: Its contents.
        env: Values from the environment, by dotted key.
        problems: Why the file could not be read.
    """

    path: Path
    file: dict[str, Any] = field(default_factory=dict)
    env: dict[Path_, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.file or self.env or self.problems)


@dataclass(frozen=True)
class Configuration:
    """What is in force before flags.

    Args:
        path: The file; it need not exist.
        settings: Thresholds.
        options: Values of shared options, by parameter name.
        origins: Where each key that is set was set.
    """

    path: Path
    settings: "Settings"
    options: dict[str, Any] = field(default_factory=dict)
    origins: Mapping[str, Origin] = field(default_factory=dict)


def config_path(given: str | Path | None = None) -> Path:
    """Return the file: the one given, else ``SQTOOL_CONFIG``, else that in the settings folder."""
    named = given or os.environ.get(FILE_VARIABLE)
    if named:
        return Path(named).expanduser()
    from sqtool.places import config_dir

    return config_dir() / NAME


def named_file(args: list[str]) -> str | None:
    """Return the value of ``--config`` among arguments that are not parsed yet."""
    for at, arg in enumerate(args):
        if arg == "--":
            break
        if arg == "--config" and at + 1 < len(args):
            return args[at + 1]
        if arg.startswith("--config="):
            return arg.removeprefix("--config=")
    return None


def given(path: str | Path | None = None) -> Given:
    """Read file and environment as they are; what cannot be read is a problem, not an error."""
    place = config_path(path)
    env = dict(_variables())
    try:
        text = place.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        if not (path or os.environ.get(FILE_VARIABLE)):
            return Given(place, env=env)
        return Given(place, env=env, problems=(_whole(place, t("no such file", "没有这个文件")),))
    except UnicodeDecodeError:
        words = t("not UTF-8 text", "不是 UTF-8 文本")
        return Given(place, env=env, problems=(_whole(place, words),))
    except OSError as error:
        words = t("cannot be read", "读不了")
        return Given(place, env=env, problems=(_whole(place, words, error.strerror or ""),))
    import tomllib

    try:
        return Given(place, tomllib.loads(text), env)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return Given(place, env=env, problems=(_not_toml(place, str(error)),))


def load(path: str | Path | None = None) -> Configuration:
    """Return what is in force.

    Raises:
        UsageError: If anything is wrong; it tells the first problem and how to see all.
    """
    found = given(path)
    if found:
        from sqtool.cli._config_check import checked

        configuration, problems = checked(found)
        if problems:
            more = len(problems) - 1
            rest = t(f"; {more} more", f";另有 {more} 处") if more else ""
            first = problems[0]
            hint = t("all of them: sqtool config check", "全部问题:sqtool config check")
            raise UsageError(str(Problem("", first.key, first.what, first.hint))[2:] + rest,
                             where=first.where, hint=hint)  # fmt: skip
        return configuration
    from sqtool.config import Settings

    return Configuration(found.path, Settings())


def option_defaults(path: str | Path | None = None) -> dict[str, Any]:
    """Return values of shared options, by parameter name; nothing heavy if nothing is set.

    Raises:
        UsageError: As ``load`` does.
    """
    return load(path).options if given(path) else {}


def own_lang(path: str | Path | None = None) -> Lang | None:
    """Return the language that the file asks for; the environment's is known to ``i18n``.

    Whatever is wrong with the file is not told here: the first page must come up.
    """
    if os.environ.get("SQTOOL_LANG"):
        return None
    place = config_path(path)
    if not place.is_file():
        return None
    lang = given(path).file.get("lang")
    return lang if lang in ("zh", "en") else None


def dotted(path: Path_) -> str:
    """Return a key as it is written in TOML: parts with other letters in quotation marks."""
    return ".".join(part if _BARE.fullmatch(part) else f'"{part}"' for part in path)


def variable(path: Path_) -> str:
    """Return the environment variable of a key."""
    return PREFIX + "__".join(path).upper()


def _variables() -> Iterator[tuple[Path_, str]]:
    for name, value in sorted(os.environ.items()):
        if name.startswith(PREFIX) and name not in _PLACES and value:
            yield tuple(name.removeprefix(PREFIX).lower().split("__")), value


def _whole(place: Path, what: str, hint: str = "") -> Problem:
    return Problem(str(place), "", what, hint)


def _not_toml(place: Path, said: str) -> Problem:
    line = _LINE.search(said)
    where = f"{place}:{line[1]}" if line else str(place)
    hint = ""
    if "escape" in said.lower() or "hex" in said.lower():
        hint = t("write paths in single quotes: 'C:\\lists'", "路径请用单引号:'C:\\名单'")
    elif "overwrite" in said or "twice" in said or "mutate" in said:
        hint = t("set twice", "重复设置")
    return Problem(where, "", t("this is not TOML", "不是正确的 TOML"), hint)
