"""Looks settings over: which are known, whether their values are possible, what was meant."""

import difflib
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, get_args, get_origin

from pydantic import BaseModel, ValidationError

from sqtool.cli._config import Configuration, Given, Origin, Path_, Problem, dotted, variable
from sqtool.cli._config_options import PARAMETERS, Options
from sqtool.config import Settings, leaves
from sqtool.i18n import t

FILE_SUFFIX: Final = "_file"
"""``text.stop_words_file`` names a file with one word a line, added to ``text.stop_words``."""
_LISTS: Final = (tuple, list, frozenset)
_TARGETS: Final = "targets"


@dataclass(frozen=True)
class Known:
    """A setting there is.

    Args:
        path: Its key.
        annotation: Its type.
        default: Its value where nothing is set.
        is_file: It names a file of words for the setting of the same name without ``_file``.
    """

    path: Path_
    annotation: Any
    default: Any
    is_file: bool = False

    @property
    def is_list(self) -> bool:
        """Whether it takes several values."""
        return any(_origin(one) in _LISTS for one in _alternatives(self.annotation))


def _alternatives(annotation: Any) -> tuple[Any, ...]:
    """Return the types of a union, each without what is annotated to it."""
    if hasattr(annotation, "__metadata__"):
        return _alternatives(annotation.__origin__)
    inner = get_args(annotation)
    if inner and type(None) in inner:
        return tuple(part for one in inner for part in _alternatives(one))
    return (annotation,)


def _origin(annotation: Any) -> Any:
    return get_origin(annotation) or annotation


def known() -> dict[Path_, Known]:
    """Return every setting by its key: shared options first, then thresholds."""
    found = [
        Known(path, _annotation(model, path), value)
        for model in (Options(), Settings())
        for path, value in leaves(model)
    ]
    keys = {one.path: one for one in found}
    for one in found:
        # Only words are kept in files of their own: one a line.
        if len(one.path) > 1 and one.is_list:
            path = (*one.path[:-1], one.path[-1] + FILE_SUFFIX)
            keys.setdefault(path, Known(path, Path | None, None, is_file=True))
    return keys


def _annotation(model: BaseModel, path: Path_) -> Any:
    for part in path[:-1]:
        model = getattr(model, part)
    return type(model).model_fields[path[-1]].annotation


def about(path: Path_) -> Known | None:
    """Return what is known of a key; that of a chat's own target is that of the target."""
    if len(path) == 3 and path[0] == _TARGETS:
        path = (path[0], path[2])
    return known().get(path)


def unknown(where: str, path: Path_) -> Problem:
    """Return the problem of a key that there is not, with the closest one that there is."""
    names = [dotted(one) for one in known()]
    name = dotted(path)
    close = difflib.get_close_matches(name, names, 1, cutoff=0.6)
    if not close:
        # The right name in the wrong table, or in none.
        last = {one.rpartition(".")[2]: one for one in reversed(names)}
        close = [last[one] for one in difflib.get_close_matches(path[-1], last, 1, cutoff=0.75)]
    hint = t(f"did you mean {close[0]}?", f"是不是 {close[0]}?") if close else ""
    return Problem(where, name, t("no such setting", "没有这个设置"), hint)


def from_words(path: Path_, words: list[str]) -> Any:
    """Return the value that words on a command line or in a variable stand for.

    Lists take several words or one with commas; a path is taken from where the user stands.
    """
    setting = about(path)
    if setting is None:
        return words[0]
    kinds = _alternatives(setting.annotation)
    if setting.is_list:
        one = _as_toml(words[0]) if len(words) == 1 else None
        if isinstance(one, list):
            return one
        parts = words if len(words) > 1 else words[0].replace(",", ",").split(",")
        listed = [part.strip() for part in parts if part.strip()]
        whose = get_args(next(kind for kind in kinds if _origin(kind) in _LISTS))
        return [str(Path(one).absolute()) for one in listed] if Path in whose else listed
    word = words[0].strip()
    if Path in kinds:
        return str(Path(word).expanduser().absolute())
    if str in kinds:
        return word
    value = _as_toml(word.lower() if bool in kinds else word)
    return word if value is None else value


def _as_toml(word: str) -> Any:
    try:
        return tomllib.loads(f"value = {word}")["value"]
    except (tomllib.TOMLDecodeError, RecursionError):
        return None


def checked(given: Given) -> tuple[Configuration, list[Problem]]:
    """Return what is in force, and everything that is wrong (then the first is of no use)."""
    problems = list(given.problems)
    origins: dict[str, Origin] = {}
    raw: dict[str, Any] = {}
    for path, value in _flat(given.file):
        if about(path) is None:
            problems.append(unknown(str(given.path), path))
            continue
        origins[dotted(path)] = "file"
        _put(raw, path, _resolved(path, value, given.path.parent))
    for path, words in given.env.items():
        if about(path) is None:
            continue  # perhaps another program's; ``config check`` tells
        origins[dotted(path)] = "env"
        _put(raw, path, from_words(path, [words]))
    problems += _with_words(raw, given, origins)
    options = {name: raw.pop(name) for name in list(raw) if name in Options.model_fields}
    shared, settings = Options(), Settings()
    for model, values in ((Options, options), (Settings, raw)):
        try:
            valid = model.model_validate(values)
        except ValidationError as error:
            problems += [_worded(one, given, origins, raw) for one in error.errors()]
            continue
        if isinstance(valid, Options):
            shared = valid
        elif isinstance(valid, Settings):
            settings = valid
    by_parameter = {
        PARAMETERS.get(name, name): _plain(value)
        for name, value in shared
        if value is not None and not (name == "store" and origins.get(name) == "env")
    }
    return Configuration(given.path, settings, by_parameter, origins), problems


def strangers(given: Given) -> list[Problem]:
    """Return variables that begin like ours and set nothing."""
    return [unknown(variable(path), path) for path in given.env if about(path) is None]


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [str(one) for one in value]
    return str(value) if isinstance(value, Path) else value


def _flat(table: dict[str, Any], at: Path_ = ()) -> Iterator[tuple[Path_, Any]]:
    for name, value in table.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, (*at, name))
        elif not isinstance(value, dict) or (not at and name not in {one[0] for one in known()}):
            yield (*at, name), value  # an empty table is nothing, if it has a name there is


def _put(raw: dict[str, Any], path: Path_, value: Any) -> None:
    for part in path[:-1]:
        raw = raw.setdefault(part, {})
    raw[path[-1]] = value


def _resolved(path: Path_, value: Any, folder: Path) -> Any:
    """Return a value whose paths are taken from the folder of the file that names them."""
    setting = about(path)
    kinds = _alternatives(setting.annotation) if setting else ()
    inside = [arg for kind in kinds for arg in get_args(kind)]

    def placed(one: Any) -> Any:
        return str((folder / Path(one).expanduser()).absolute()) if isinstance(one, str) else one

    if Path in kinds:
        return placed(value)
    if Path in inside:
        return [placed(one) for one in value] if isinstance(value, list) else placed(value)
    return value


def _with_words(raw: dict[str, Any], given: Given, origins: dict[str, Origin]) -> Iterator[Problem]:
    """Put the words of files into the lists they belong to."""
    for path, setting in known().items():
        if not setting.is_file:
            continue
        table: Any = raw
        for part in path[:-1]:
            table = table.get(part, {})
        named = table.pop(path[-1], None)
        if named is None:
            continue
        where = _where(path, given, origins)
        if not isinstance(named, str):
            yield Problem(where, dotted(path), t("must be a path", "要写文件路径"))
            continue
        try:
            lines = Path(named).read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError):
            what = t("this file cannot be read as UTF-8 text", "读不了这个文件(要 UTF-8 文本)")
            yield Problem(where, dotted(path), what)
            continue
        words = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
        own = table.get(path[-1].removesuffix(FILE_SUFFIX), [])
        table[path[-1].removesuffix(FILE_SUFFIX)] = [*own, *words]


def _where(path: Path_, given: Given, origins: dict[str, Origin]) -> str:
    return variable(path) if origins.get(dotted(path)) == "env" else str(given.path)


def _worded(error: Any, given: Given, origins: dict[str, Origin], raw: dict[str, Any]) -> Problem:
    """Say pydantic's complaint in the user's language, at the key as the user wrote it."""
    loc = [str(part) for part in error["loc"]]
    if loc[:2] == [_TARGETS, "chats"] and len(loc) > 3:
        names = [name for name, value in raw[_TARGETS].items() if isinstance(value, dict)]
        loc = [_TARGETS, names[int(loc[2])], *loc[3:]]
    path = tuple(loc)
    while len(path) > 1 and about(path) is None:
        path = path[:-1]  # which alternative of a type was tried, or which item
    return Problem(_where(path, given, origins), dotted(path), _what(error))


def _what(error: Any) -> str:
    limits = error.get("ctx", {})
    match error["type"]:
        case "greater_than_equal":
            return t(f"must be at least {limits['ge']:g}", f"不能小于 {limits['ge']:g}")
        case "less_than_equal":
            return t(f"must be at most {limits['le']:g}", f"不能大于 {limits['le']:g}")
        case "greater_than":
            return t(f"must be above {limits['gt']:g}", f"必须大于 {limits['gt']:g}")
        case "less_than":
            return t(f"must be below {limits['lt']:g}", f"必须小于 {limits['lt']:g}")
        case "int_type" | "int_parsing" | "int_from_float" | "int_parsing_size":
            return t("must be a whole number", "要一个整数")
        case "float_type" | "float_parsing" | "finite_number":
            return t("must be a number", "要一个数字")
        case "bool_type" | "bool_parsing":
            return t("must be true or false", "只能是 true 或 false")
        case "string_type":
            return t("must be text in quotation marks", "要写成带引号的文字")
        case "literal_error" | "enum":
            return t(f"must be {limits['expected']}", f"只能是 {limits['expected']}")
        case "tuple_type" | "list_type":
            return t('must be a list: ["…", "…"]', '要写成列表:["…", "…"]')
        case "model_type" | "model_attributes_type":
            return t("must be a table of settings", "下面要写具体的设置")
        case "path_type":
            return t("must be a path", "要写文件路径")
        case "value_error":
            return str(limits["error"])
    return str(error["msg"])
