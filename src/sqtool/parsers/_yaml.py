"""Read a YAML file that is a head of plain values and one list of records.

The list is cut into its items by their indentation and decoded some at a time, so that a damaged or
cut-off item loses itself and no other.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from sqtool.export import Export
from sqtool.issues import IssueLog

_BATCH: Final = 2000


def read_list(
    export: Export, issues: IssueLog, key: str
) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]], list[int]]]:
    """Yield the items of the list in runs, with the head and the 1-based number of each.

    Args:
        export: The file. It is held in memory as text: its writers make small ones.
        issues: Told ``bad-record`` for each item that cannot be read, ``damaged-yaml`` if the head
            cannot.
        key: Outermost key of the list.
    """
    text = export.read_text(issues).replace("\r\n", "\n")
    head, items = _cut(text, key)
    facts = _decoded(head)
    if not isinstance(facts, dict):
        facts = {}
        issues.add("damaged-yaml", export.title, rows=0, detail="the head cannot be read")
    todo = [(low, min(low + _BATCH, len(items))) for low in range(0, len(items), _BATCH)]
    todo.reverse()
    while todo:
        low, high = todo.pop()
        found = _decoded("".join(items[low:high]))
        if isinstance(found, list) and len(found) == high - low and _all_records(found):
            yield facts, found, list(range(low + 1, high + 1))
        elif high - low > 1:
            middle = (low + high) // 2
            todo += [(middle, high), (low, middle)]
        else:
            issues.add("bad-record", export.title, low + 1, detail="not a record")


def _all_records(found: list[Any]) -> bool:
    return all(isinstance(one, dict) for one in found)


def _cut(text: str, key: str) -> tuple[str, list[str]]:
    """Return what stands around the list, and its items, each from its dash on."""
    opened = re.search(rf"^{key}:[ \t]*\n(?=( *)- )", text, re.MULTILINE)
    if opened is None:
        return text, []
    indent = opened[1]
    body = text[opened.end() :]
    # Lines of an item stand deeper than its dash.
    closed = re.search(rf"^(?!{indent}[- ])\S", body, re.MULTILINE)
    end = closed.start() if closed else len(body)
    items = re.split(rf"^(?={indent}- )", body[:end], flags=re.MULTILINE)
    return text[: opened.start()] + body[end:], [item for item in items if item]


def _decoded(text: str) -> Any:
    import yaml  # only needed for this kind of file

    try:
        return yaml.load(text, Loader=_loader())
    except (yaml.YAMLError, RecursionError, ValueError):
        return None


_kept: list[Any] = []


def _loader() -> Any:
    """Return a loader that knows null, true, false and whole numbers only.

    The YAML of the library is an older one, in which a message ``12:30`` is a number, one ``on`` is
    true, and one ``2026-03-05`` a date.
    """
    import yaml

    if not _kept:
        base = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        plain = type("PlainLoader", (base,), {"yaml_implicit_resolvers": {}})
        for tag, pattern, first in (
            ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
            ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", list("tTfF")),
            ("int", r"^[-+]?(?:0|[1-9][0-9]*)$", list("-+0123456789")),
        ):
            plain.add_implicit_resolver(  # type: ignore[attr-defined]
                f"tag:yaml.org,2002:{tag}", re.compile(pattern), first
            )
        _kept.append(plain)
    return _kept[0]
