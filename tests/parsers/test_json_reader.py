"""The streaming JSON reader: layout independence, damage, lone surrogates, outlines."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sqtool.export import Export
from sqtool.issues import IssueLog
from sqtool.parsers import _json_scan
from sqtool.parsers._json import Part, _Reader, read_array, read_object
from sqtool.parsers._json_peek import outline
from sqtool.parsers._json_scan import without_lone_surrogates


class Item(msgspec.Struct):
    n: int
    s: str = ""
    inner: list["Item"] = []


def run(
    data: bytes, *, keys: tuple[str, ...] = ("items",), values: tuple[str, ...] = ()
) -> tuple[list[tuple[int, Any]], dict[str, Any], IssueLog]:
    issues = IssueLog()
    reader = _Reader("x.json", issues, dict.fromkeys(keys, Item), values)
    items: list[tuple[int, Any]] = []
    found: dict[str, Any] = {}
    for part in reader.parts([data]):
        if part.key in keys:
            items += zip(part.records, part.value, strict=True)
        else:
            found[part.key] = part.value
    return items, found, issues


def texts(items: list[tuple[int, Any]]) -> list[tuple[int, int]]:
    return [(number, item.n) for number, item in items]


def rows(issues: IssueLog) -> list[tuple[str, int | None, int]]:
    return issues.frame().select("code", "line", "rows").rows()


scalars = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=8)
trees = st.recursive(
    scalars,
    lambda t: st.lists(t, max_size=3) | st.dictionaries(st.text(max_size=4), t, max_size=3),
    max_leaves=8,
)
item_lists = st.lists(
    st.fixed_dictionaries({"n": st.integers(0, 99), "s": st.text('a"\\[]{},:\n中😀', max_size=9)}),
    max_size=6,
)


@settings(deadline=None)
@given(
    items=item_lists,
    before=st.dictionaries(st.text(max_size=4), trees, max_size=3),
    after=st.dictionaries(st.text(max_size=4), trees, max_size=3),
    indent=st.sampled_from([None, 0, 1, 2, "\t"]),
    piece=st.integers(1, 40),
    escape=st.booleans(),
)
def test_any_layout_in_any_pieces_reads_like_the_whole_document(
    items: list[dict[str, Any]],
    before: dict[str, Any],
    after: dict[str, Any],
    indent: int | None,
    piece: int,
    escape: bool,
) -> None:
    whole = {**before, **after, "seen": {"a": ["]", {"b": 1}]}}
    whole = {k: v for k, v in whole.items() if k != "items"}
    keys = list(whole)
    middle = len(keys) // 2
    document = {k: whole[k] for k in keys[:middle]} | {"items": items}
    document |= {k: whole[k] for k in keys[middle:]}
    data = json.dumps(document, indent=indent, ensure_ascii=escape).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_json_scan, "PIECE_BYTES", piece)
        got, values, issues = run(data, values=tuple(whole))
    assert [(item.n, item.s) for _, item in got] == [(i["n"], i["s"]) for i in items]
    assert [number for number, _ in got] == list(range(1, len(items) + 1))
    assert values == whole
    assert issues.frame().height == 0


@settings(deadline=None)
@given(items=item_lists, cut=st.integers(1, 400), piece=st.integers(1, 64))
def test_a_cut_off_file_keeps_every_whole_item_and_says_it_is_cut(
    items: list[dict[str, Any]], cut: int, piece: int
) -> None:
    data = json.dumps({"a": [1], "items": items}, indent=1, ensure_ascii=False).encode()
    data = data[: max(1, len(data) - cut)]
    whole = data.decode("utf-8", "ignore").encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_json_scan, "PIECE_BYTES", piece)
        got, _, issues = run(whole)
    assert [(item.n, item.s) for _, item in got] == [(i["n"], i["s"]) for i in items][: len(got)]
    assert issues.frame()["code"].to_list() == ["truncated-json"]
    # An item is whole as soon as its own bracket is closed.
    seen = whole.decode().count("\n  {")
    assert len(got) + issues.rows_lost() == seen


def test_a_lone_surrogate_becomes_a_replacement_character_and_loses_nothing() -> None:
    data = rb'{"items":[{"n":1,"s":"a\ud83d"},{"n":2,"s":"\ude00b\ud83d\ude00"},{"n":3}]}'
    got, _, issues = run(data)
    assert [(item.n, item.s) for _, item in got] == [(1, "a\ufffd"), (2, "\ufffdb😀"), (3, "")]
    assert issues.frame().height == 0


def test_an_escaped_backslash_before_ud83d_is_the_authors_text() -> None:
    text = rb'"\\ud83d \ud83d\ud83d\ude00 \\\ud83d"'
    assert json.loads(without_lone_surrogates(text)) == "\\ud83d \ufffd😀 \\\ufffd"


@pytest.mark.parametrize(
    ("bad", "detail"),
    [
        (b'{"n":"x"}', "not a record"),
        (b'{"n":2,,"s":""}', "not JSON"),
        (b'{"s":"no number"}', "not a record"),
        (b'{"n":2,"s":nope}', "not JSON"),
    ],
)
def test_one_bad_item_is_one_issue_row_and_the_rest_is_read(bad: bytes, detail: str) -> None:
    data = b'{"items":[{"n":1},' + bad + b',{"n":3}],"z":{}}'
    got, _, issues = run(data)
    assert texts(got) == [(1, 1), (3, 3)]
    assert rows(issues) == [("bad-record", 2, 1)]
    assert issues.frame()["detail"].to_list() == [detail]


def test_scalars_among_the_items_are_bad_records() -> None:
    got, _, issues = run(b'{"items":[7,{"n":2},null,{"n":4},"x"]}')
    assert texts(got) == [(2, 2), (4, 4)]
    assert rows(issues) == [("bad-record", 1, 1), ("bad-record", 3, 1), ("bad-record", 5, 1)]


def test_control_characters_and_missing_commas_are_forgiven() -> None:
    got, _, issues = run(b'{"items":[{"n":1,"s":"a\x0bb\nc"}{"n":2}]}')
    assert [(item.n, item.s) for _, item in got] == [(1, "a\x0bb\nc"), (2, "")]
    assert issues.frame().height == 0


LINES = b'{\n  "items":[\n    {"n":1,"s":"a"},\n    {"n":2,"s":"b%s},\n    {"n":3,"s":"c"},\n'
TAIL = b'    {"n":4,"s":"d"}\n  ],\n  "last":{"x":1}\n}'


@pytest.mark.parametrize("piece", [1, 30, 50, 10_000])
@pytest.mark.parametrize(
    "damage",
    [b"", b'","inner":[{"n":5}', b'","inner":[{', b'","inner":{"n":9', b'"]}'],
    ids=["quote missing", "bracket missing", "two missing", "brace missing", "bracket too many"],
)
def test_damage_inside_one_item_does_not_cost_its_neighbours(
    damage: bytes, piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_json_scan, "PIECE_BYTES", piece)
    got, values, issues = run(LINES.replace(b"%s", damage) + TAIL, values=("last",))
    assert [item.n for _, item in got] == [1, 3, 4]
    assert rows(issues) == [("bad-record", 2, 1)]
    assert values == {"last": {"x": 1}}


@pytest.mark.parametrize("piece", [1, 30, 10_000])
def test_damage_in_the_first_item_does_not_cost_the_others(
    piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_json_scan, "PIECE_BYTES", piece)
    got, values, issues = run(LINES.replace(b'"a"', b'"a') % b'"' + TAIL, values=("last",))
    assert [item.n for _, item in got] == [2, 3, 4]
    assert rows(issues) == [("bad-record", 1, 1)]
    assert values == {"last": {"x": 1}}


def test_an_item_without_end_is_not_waited_for_forever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_json_scan, "PIECE_BYTES", 64)
    monkeypatch.setattr("sqtool.parsers._json.SUSPECT_ITEM", 200)
    monkeypatch.setattr("sqtool.parsers._json.LARGEST_ITEM", 400)
    # Items in one line, so that their beginnings are no proof; none of them can be read.
    data = b'{"items":[{"n":1},{"n":2,"s":"x},' + b'{"n":"?","s":"y"},' * 100 + b"]}"
    got, _, issues = run(data)
    assert texts(got) == [(1, 1)]
    assert issues.frame()["code"].to_list()[-1] == "damaged-json"
    assert 90 <= issues.rows_lost() <= 102


def test_a_brace_too_many_behind_an_item_costs_nothing() -> None:
    got, values, issues = run(LINES.replace(b"%s", b'"}') + TAIL, values=("last",))
    assert texts(got) == [(1, 1), (2, 2), (3, 3), (4, 4)]
    assert values == {"last": {"x": 1}}
    assert issues.rows_lost() == 0


def test_a_missing_quote_in_a_compact_file_costs_one_record() -> None:
    data = b'{"items":[{"n":1,"s":"a"},{"n":2,"s":"b},{"n":3,"s":"c"},{"n":4,"s":"d"}],"z":1}'
    got, _, issues = run(data)
    assert [item.n for _, item in got] == [1, 3, 4]
    assert issues.rows_lost() == 1


def test_a_thousand_damaged_items_are_counted_and_end_in_reasonable_time() -> None:
    good = b'    {"n":1,"s":"a"},\n'
    bad = b'    {"n":2,"s":"b},\n'
    data = b'{\n  "items":[\n' + (good + bad) * 1000 + b'    {"n":1,"s":"z"}\n  ]\n}'
    got, _, issues = run(data)
    assert len(got) + issues.rows_lost() == pytest.approx(2001, abs=2)
    assert len(got) >= 200


def test_deep_nesting_is_a_bad_record_not_a_crash() -> None:
    deep = b'{"n":2,"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    got, _, issues = run(b'{"items":[{"n":1},' + deep + b',{"n":3}]}')
    assert texts(got) == [(1, 1), (3, 3)]
    assert rows(issues) == [("bad-record", 2, 1)]


def test_text_behind_the_end_is_reported_and_not_read() -> None:
    got, _, issues = run(b'{"items":[{"n":1}]}\n{"items":[{"n":2}]}')
    assert texts(got) == [(1, 1)]
    assert issues.frame()["code"].to_list() == ["damaged-json"]


def test_items_named_like_the_array_inside_other_values_are_not_taken() -> None:
    got, values, _ = run(b'{"x":{"items":[{"n":9}]},"items":[{"n":1}]}', values=("x",))
    assert texts(got) == [(1, 1)]
    assert values == {"x": {"items": [{"n": 9}]}}


def test_an_outermost_array_is_streamed_with_record_numbers(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(b'\xef\xbb\xbf[\n{"n":1},\n{"n":"?"},\n{"n":3}\n]\n')
    issues = IssueLog()
    got = [
        (number, item.n)
        for items, numbers in read_array(Export(path), issues, Item)
        for number, item in zip(numbers, items, strict=True)
    ]
    assert got == [(1, 1), (3, 3)]
    assert rows(issues) == [("bad-record", 2, 1)]


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "gb18030"])
def test_other_encodings_read_the_same(tmp_path: Path, codec: str) -> None:
    path = tmp_path / "x.json"
    path.write_bytes('{"title":"读书会","items":[{"n":1,"s":"小林说"}]}'.encode(codec))
    parts = list(read_object(Export(path), IssueLog(), arrays={"items": Item}, values=["title"]))
    assert parts[0] == Part("title", "读书会")
    assert parts[1].value[0].s == "小林说"


def test_the_outline_reads_past_a_large_value_before_the_telling_key(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    avatars = {str(n): "data:image/png;base64," + "A" * 4000 for n in range(100)}
    document = {"avatars": avatars, "chatInfo": {"name": "x"}, "messages": [{"id": "1", "seq": 2}]}
    path.write_text(json.dumps(document))
    seen = outline(Export(path))
    assert seen.root == "object"
    assert seen.has("avatars", "chatInfo", "messages")
    assert seen.text("chatInfo", "name") == "x"
    assert seen.item_keys("messages") == {"id", "seq"}


def test_the_outline_stops_at_the_records(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    head = b'{"weflow":{"version":"1"},"session":{},"messages":[{"localId":1,"content":"'
    path.write_bytes(head + b"x" * 200_000)
    read: list[int] = []
    export = Export(path, on_read=read.append)
    seen = outline(export)
    assert seen.has("weflow", "session", "messages")
    assert seen.item_keys("messages") == {"localId", "content"}
    assert not read, "sniffing is no progress"


@pytest.mark.parametrize("data", [b"", b"   ", b"hello", b"]{", b"{", b"[", b'{"a"', b"\x00\xff{["])
def test_the_outline_never_raises(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x"
    path.write_bytes(data)
    assert not outline(Export(path)).fragments.get("messages")
    assert not outline(Export(tmp_path / "missing")).root


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b"12", b'{"items":{}}', b'{"items":null}'])
def test_a_file_without_items_yields_none(data: bytes) -> None:
    assert run(data)[0] == []
