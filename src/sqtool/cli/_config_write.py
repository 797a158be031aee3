"""Changes one setting in the file and leaves the rest as it stands, comments and all."""

import tomllib
from pathlib import Path
from typing import Any

from sqtool.cli._config import Given, Path_, Problem, config_path, dotted, given
from sqtool.cli._config_check import about, checked, from_words, unknown
from sqtool.errors import UsageError
from sqtool.files import unwritable, whole_file
from sqtool.i18n import t


def set_value(key: str, words: list[str], place: str | None = None) -> Path:
    """Set a key, if it and its value are possible.

    Returns:
        The file.

    Raises:
        UsageError: If they are not, the file is no TOML, or it cannot be written.
    """
    path = _key(key)
    if about(path) is None:
        raise _error(unknown("", path))
    file = config_path(place)
    document, marked = _document(file)
    table: Any = document
    for part in path[:-1]:
        table = _inner(table, part, key)
    table[path[-1]] = from_words(path, words)
    _refuse(path, document.as_string(), file)
    _write(file, document.as_string(), marked=marked)
    return file


def unset_value(key: str, place: str | None = None) -> Path:
    """Take a key out of the file; also one that means nothing.

    Returns:
        The file.

    Raises:
        UsageError: If it is not in the file, or the file cannot be read or written.
    """
    path = _key(key)
    file = config_path(place)
    document, marked = _document(file)
    tables: list[Any] = [document]
    for part in path:
        inner = tables[-1].get(part) if hasattr(tables[-1], "get") else None
        if inner is None:
            raise UsageError(
                t(f"not set in the file: {dotted(path)}", f"文件里没有设置 {dotted(path)}"),
                where=str(file),
            )
        tables.append(inner)
    del tables[-2][path[-1]]
    _write(file, document.as_string(), marked=marked)
    return file


def _key(words: str) -> Path_:
    """Read a dotted key as TOML does: ``targets."3群".wau``; quotation marks may be left out."""
    try:
        table: Any = tomllib.loads(f"{words} = 0")
    except tomllib.TOMLDecodeError:
        return tuple(part.strip(" \"'") for part in words.split("."))
    path = []
    while isinstance(table, dict):
        ((name, table),) = table.items()
        path.append(name)
    return tuple(path)


def _document(file: Path) -> tuple[Any, bool]:
    """Return the file as tomlkit reads it, and whether it begins with a byte order mark."""
    import tomlkit

    found = given(file) if file.exists() else Given(file)
    if found.problems:
        raise _error(found.problems[0])
    if not file.exists():
        return tomlkit.document(), False
    data = file.read_bytes()
    return tomlkit.parse(data.decode("utf-8-sig")), data.startswith(b"\xef\xbb\xbf")


def _inner(table: Any, part: str, key: str) -> Any:
    import tomlkit

    if part not in table:
        table[part] = tomlkit.table()
    inner = table[part]
    if not isinstance(inner, dict):
        raise UsageError(t(f"{part} is no table", f"{part} 不是一组设置"), where=key)
    return inner


def _refuse(path: Path_, text: str, file: Path) -> None:
    """Refuse what would be wrong about this key; other mistakes in the file are not its fault."""
    problems = checked(Given(file, tomllib.loads(text)))[1]
    own = [one for one in problems if one.key == dotted(path)]
    # A rule about two settings is told of their table.
    table = [one for one in problems if one.key == dotted(path[:-1]) and len(path) > 1]
    for problem in own or table:
        raise _error(problem)


def _error(problem: Problem) -> UsageError:
    what = f"{problem.key}: {problem.what}" if problem.key else problem.what
    return UsageError(what, where=problem.where, hint=problem.hint)


def _write(file: Path, text: str, *, marked: bool) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(str(file), error) from error
    with whole_file(file) as place:
        place.write_bytes((b"\xef\xbb\xbf" if marked else b"") + text.encode("utf-8"))
