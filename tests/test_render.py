"""Renderers: the same cells everywhere, hostile names harmless, nothing wider than the window."""

import csv
import io
import json
import re
import zipfile
from datetime import UTC, date, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqtool import numerals
from sqtool.i18n import Lang
from sqtool.metrics._base import Column as MetricColumn
from sqtool.render import RENDERERS
from sqtool.render import _escape as escape
from sqtool.render._base import Style
from sqtool.render._format import column_cells, spark
from sqtool.render._wrap import wrap
from sqtool.reports._blocks import Result, ResultTable, as_report
from sqtool.reports._model import (
    Column,
    Facts,
    Items,
    Note,
    Quantity,
    Report,
    Section,
    Span,
    Spark,
    Table,
    strong,
    text,
)
from sqtool.schema import KIND

HOSTILE = {
    "html": "<script>alert(1)</script>",
    "quotes": "\"x\" 'y'",
    "rtl": "\u202eevil\u200f",
    "long": "长" * 200,
    "formula": '=HYPERLINK("http://x","y")',
    "ansi": "\x1b[31mred\x1b[0m",
    "rich": "[/x][bold]",
    "pipe": "a|b",
    "backtick": "a`b``c",
    "lines": "a\nb\r\nc\u2028d",
    "heading": "# top",
    "number": "1. one",
    "dash": "- item",
    "emphasis": "**b** __u__ ~~s~~",
    "family": "👨\u200d👩\u200d👧",
    "backslash": "a\\|b",
    "image": "![x](http://y)",
    "empty": " \u200b ",
    "surrogate": "a\ud800b",
}


def report(name: str, lang: Lang = "zh") -> Report:
    """A report with the name in every place a name can be."""
    columns = (
        Column(key="member", title="成员", unit="name"),
        Column(key="share", title="占比", unit="share"),
        Column(key="note", title="说明", unit="text"),
    )
    return Report(
        kind="weekly",
        lang=lang,
        title=name,
        subtitle=text(name),
        sections=(
            Section(
                key="a",
                title=name,
                blocks=(
                    Note(text=text(name, strong(name), Span(text=name, style="code"))),
                    Note(text=text(strong(name)), tone="lead"),
                    Items(items=(text(name), text(strong(name))), ordered=True),
                    Facts(items=((name, text(name)),)),
                    Table(key="t", title=name, columns=columns, rows=((name, 0.5, name),)),
                ),
            ),
        ),
    )


def result(frame: pl.DataFrame, *columns: MetricColumn, lang: Lang = "zh") -> Result:
    table = ResultTable("main", "表", columns, frame)
    facts = {"metric": "m", "as_of": "2026-03-15T22:41:00+08:00", "tz": "Asia/Shanghai"}
    return Result("m", "指标", lang, (table,), facts)


def write(name: str, what: Result, style: Style | None = None) -> str:
    render = RENDERERS.get(name).result
    assert render is not None
    content = render(what, style or Style())
    return content if isinstance(content, str) else content.decode("utf-8")


def show(name: str, what: Report, style: Style | None = None) -> str:
    render = RENDERERS.get(name).report
    assert render is not None
    content = render(what, style or Style())
    assert isinstance(content, str)
    return content


ID = MetricColumn("member_id", pl.String(), "id", "id", "号码")
NAME = MetricColumn("name", pl.String(), "name", "name", "名字")
COUNT = MetricColumn("messages", pl.Int64(), "count", "messages", "消息")
SHARE = MetricColumn("share", pl.Float64(), "share", "share", "占比")
LAYER = MetricColumn("layer", pl.String(), "label", "layer", "层", "layer")


# --- hostile names -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("renderer", ["terminal", "markdown"])
def test_a_hostile_name_leaves_no_control_character(renderer: str, name: str) -> None:
    shown = show(renderer, report(name))
    for char in shown:
        assert char in "\n\u200d" or char.isprintable(), repr(char)
    assert shown.endswith("\n")


@pytest.mark.parametrize("name", [n for n in HOSTILE.values() if "\ud800" not in n])
def test_json_gives_every_name_back_unchanged(name: str) -> None:
    assert Report.model_validate_json(show("json", report(name))) == report(name)
    frame = pl.DataFrame({"name": [name]})
    assert json.loads(write("json", result(frame, NAME)))["tables"]["main"] == [{"name": name}]
    assert json.loads(write("jsonl", result(frame, NAME))) == {"name": name}


@pytest.mark.parametrize("name", [n for n in HOSTILE.values() if "\ud800" not in n])
def test_csv_gives_every_name_back_with_formulas_guarded(name: str) -> None:
    written = write("csv", result(pl.DataFrame({"name": [name], "messages": [1]}), NAME, COUNT))
    rows = list(csv.reader(io.StringIO(written, newline="")))
    expected = "'" + name if name[0] in "=+-@\t\r" else name
    assert rows == [["name", "messages"], [expected, "1"]]


# A blank paragraph is left out, so the blank name has another shape.
@pytest.mark.parametrize("name", [n for k, n in HOSTILE.items() if k != "empty"])
def test_a_name_cannot_add_a_markdown_row_cell_or_block(name: str) -> None:
    plain, hostile = (show("markdown", report(n)) for n in ("小林", name))
    shape = [re.sub(r"(?<!\\)\|", "│", line).count("│") for line in hostile.splitlines()]
    code = escape.clean(name)  # inside a code span a pipe needs no escape
    reference = [line.count("|") for line in plain.splitlines()]
    paragraph = next(i for i, line in enumerate(plain.splitlines()) if "`小林`" in line)
    shape[paragraph] -= code.count("|") - code.count("\\|")
    assert shape == reference
    for line, safe in zip(hostile.splitlines(), plain.splitlines(), strict=True):
        starts = ("#", ">", "-", "1.", "2.")
        assert [line.startswith(s) for s in starts] == [safe.startswith(s) for s in starts]


def test_markdown_escapes_what_markdown_would_read() -> None:
    assert escape.markdown("a|b`c*d_e<f>[g](h)~i&j\\") == (
        r"a\|b\`c\*d\_e\<f\>\[g\](h)\~i\&j" + "\\\\"
    )
    starts = {"# x": r"\# x", "- x": r"\- x", "+ x": r"\+ x", "12. x": r"12\. x", "1) x": r"1\) x"}
    for line, safe in starts.items():
        assert escape.markdown_start(line) == safe
    assert escape.markdown_start("2026.03 x") == "2026.03 x"


def test_a_joined_emoji_stays_whole_and_a_bidi_override_goes() -> None:
    assert escape.clean(HOSTILE["family"]) == HOSTILE["family"]
    assert escape.clean("a\u202eb\u2066c\ufeffd\x00e\x1b[1m") == "abcde[1m"
    assert escape.clean("a\r\nb\tc") == "a  b c"


def test_a_name_of_200_characters_is_shortened_for_people_only() -> None:
    frame = pl.DataFrame({"name": ["长" * 200]})
    for renderer in ("terminal", "markdown"):
        shown = write(renderer, result(frame, NAME))
        assert "长" * 15 + "…" in shown.replace("\n", "")
        assert "长" * 16 not in shown
    for renderer in ("csv", "json", "jsonl"):
        assert "长" * 200 in write(renderer, result(frame, NAME))


def test_an_invisible_name_is_called_blank() -> None:
    column = Column(key="n", title="n", unit="name")
    assert column_cells([" \u200b "], column, "zh", guarded=True) == ["(空白)"]


@given(st.text(max_size=80))
def test_cleaning_twice_is_cleaning_once(name: str) -> None:
    once = escape.clean(name)
    assert escape.clean(once) == once
    assert "\n" not in once
    assert "\x1b" not in once


@given(st.text(max_size=60), st.integers(2, 40))
def test_shortened_text_fits(name: str, width: int) -> None:
    assert escape.display_width(escape.shorten(escape.clean(name), width)) <= width


@given(st.text("ab 中文,。(「x1", max_size=60), st.integers(2, 20))
def test_wrapping_keeps_every_letter_and_fits(words: str, width: int) -> None:
    lines = wrap(words, width)
    assert "".join(lines).replace(" ", "") == words.replace(" ", "")
    assert all(escape.display_width(line) <= width for line in lines)


def test_wrapping_breaks_chinese_anywhere_but_not_before_a_comma() -> None:
    assert wrap("今天读到第几，明天", 12) == ["今天读到第", "几，明天"]
    assert wrap("今天读到第几(明天)", 14) == ["今天读到第几", "(明天)"]
    assert wrap("say hello to Anna", 9) == ["say hello", "to Anna"]


# --- the guard -----------------------------------------------------------------------------------


@pytest.mark.parametrize("first", list("=+-@\t\r"))
def test_text_that_starts_a_formula_is_guarded_in_every_table(first: str) -> None:
    frame = pl.DataFrame({"name": [first + "1"], "share": [-0.5]})
    cells = list(csv.reader(io.StringIO(write("csv", result(frame, NAME, SHARE)), newline="")))[1]
    assert cells == ["'" + first + "1", "-0.5"]
    raw = write("csv", result(frame, NAME, SHARE), Style(guard=False))
    assert list(csv.reader(io.StringIO(raw, newline="")))[1] == [first + "1", "-0.5"]
    if first not in "\t\r":  # which are blanks to people
        for renderer in ("terminal", "markdown"):
            assert "'" in write(renderer, result(frame, NAME, SHARE))
            assert "'" not in write(renderer, result(frame, NAME, SHARE), Style(guard=False))


# --- values --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "unit", "zh", "en"),
    [
        (Quantity(value=1204, unit="count"), "mixed", "1,204", "1,204"),
        (Quantity(value=0.204, unit="share"), "mixed", "20.4 %", "20.4%"),
        (Quantity(value=-0.31, unit="share", signed=True), "mixed", "−31 %", "−31%"),
        (Quantity(value=0.04, unit="share", signed=True), "mixed", "+4.0 %", "+4.0%"),
        (Quantity(value=-7.3, unit="number", signed=True, note="x"), "mixed", "−7.3 x", "−7.3 x"),
        (Quantity(value=None, unit="share", note="样本太少"), "mixed", "样本太少", "样本太少"),
        (Quantity(value=None, unit="count"), "mixed", "–", "–"),
        (9, "days", "9 天", "9 d"),
        (14.3, "number", "14.3", "14.3"),
        (0.0, "share", "0 %", "0%"),
        (1.0, "share", "100 %", "100%"),
        (-0.0001, "share", "0.0 %", "0.0%"),
        (None, "count", "–", "–"),
        (None, "spark", "", ""),
        (True, "flag", "是", "yes"),
        (False, "flag", "否", "no"),
        (date(2026, 3, 9), "date", "2026-03-09", "2026-03-09"),
        (datetime(2026, 3, 9, 8, 5, tzinfo=UTC), "datetime", *["2026-03-09 08:05"] * 2),
        (("小林", "阿强"), "name", "小林、阿强", "小林, 阿强"),
        (Spark(values=(0, 1, None, 2)), "spark", "▁▅ █", "▁▅ █"),
    ],
)  # fmt: skip
def test_a_value_reads_as_people_write_it(value: object, unit: str, zh: str, en: str) -> None:
    column = Column.model_validate({"key": "k", "title": "t", "unit": unit})
    table = Table.model_validate({"key": "t", "columns": (column,), "rows": ((value,),)})
    assert column_cells(table.rows[0], column, "zh", guarded=True) == [zh]
    assert column_cells(table.rows[0], column, "en", guarded=True) == [en]


def test_numbers_of_a_column_line_up_at_the_point() -> None:
    column = Column(key="k", title="t", unit="number")
    assert column_cells([8.0, 9.14286, 2.5], column, "zh", guarded=True) == ["8.00", "9.14", "2.50"]
    assert column_cells([8.0, 12.0], column, "zh", guarded=True) == ["8", "12"]


def test_a_sparkline_leaves_gaps_and_has_an_ascii_form() -> None:
    assert spark((None, 0.0, 5.0, 10.0)) == " ▁▅█"
    assert spark((None, 0.0, 5.0, 10.0), ascii=True) == " _=#"
    assert spark((0.0, 0.0)) == "▁▁"
    assert spark((None,)) == ""


def test_a_number_never_shows_a_signed_zero() -> None:
    assert numerals.number(-0.001, decimals=1, signed=True) == "0.0"


# --- one content, many forms ---------------------------------------------------------------------


def members() -> Result:
    frame = pl.DataFrame(
        {
            "member_id": ["100000000001", "2"],
            "name": ["小林", "阿强"],
            "messages": [1204, None],
            "share": [0.25, None],
            "layer": ["core", None],
        },
        schema_overrides={"messages": pl.Int64(), "share": pl.Float64()},
    )
    return result(frame, ID, NAME, COUNT, SHARE, LAYER)


def test_csv_and_json_agree_cell_for_cell() -> None:
    rows = json.loads(write("json", members()))["tables"]["main"]
    assert rows == [json.loads(line) for line in write("jsonl", members()).splitlines()]
    read = list(csv.DictReader(io.StringIO(write("csv", members()))))
    assert [{k: "" if v is None else str(v) for k, v in row.items()} for row in rows] == read
    assert rows[1] == {
        "member_id": "2", "name": "阿强", "messages": None, "share": None, "layer": None,
    }  # fmt: skip


def test_markdown_and_terminal_show_the_same_cells() -> None:
    marked = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in write("markdown", members()).splitlines()
        if line.startswith("|")
    ]
    assert marked[0] == ["号码", "名字", "消息", "占比", "层"]
    assert marked[1] == ["---", "---", "--:", "--:", "---"]
    assert marked[2:] == [
        ["100000000001", "小林", "1,204", "25.0 %", "核心"],
        ["2", "阿强", "–", "–", "–"],
    ]
    shown = [re.split(r"\s{2,}", line) for line in write("terminal", members()).splitlines()]
    assert [cells for cells in shown if len(cells) == 5] == [marked[0], *marked[2:]]


def test_json_says_what_the_numbers_stand_on() -> None:
    head = json.loads(write("json", members()))
    assert head["metric"] == "m"
    assert head["as_of"] == "2026-03-15T22:41:00+08:00"
    assert list(head) == ["metric", "as_of", "tz", "tables"]


def test_an_empty_table_is_a_header_an_empty_list_or_a_word() -> None:
    empty = result(members().tables[0].frame.clear(), ID, NAME, COUNT, SHARE, LAYER)
    assert write("csv", empty) == "member_id,name,messages,share,layer\n"
    assert json.loads(write("json", empty))["tables"] == {"main": []}
    assert write("jsonl", empty) == ""
    assert "没有数据" in write("terminal", empty)


def test_instants_carry_their_offset_and_lists_are_joined() -> None:
    moment = datetime(2026, 3, 15, 14, 41, tzinfo=UTC)
    frame = pl.DataFrame({"at": [moment], "who": [["a", "b"]], "kind": ["text"]}).with_columns(
        pl.col("at").dt.convert_time_zone("Asia/Shanghai"), pl.col("kind").cast(KIND)
    )
    columns = (
        MetricColumn("at", pl.Datetime("us", "UTC"), "datetime", "at", "时间"),
        MetricColumn("who", pl.List(pl.String()), "name", "who", "谁"),
        MetricColumn("kind", KIND, "text", "kind", "类型"),
    )
    plain = write("csv", result(frame, *columns))
    assert plain == "at,who,kind\n2026-03-15T22:41:00+08:00,a; b,text\n"
    rows = json.loads(write("json", result(frame, *columns)))["tables"]["main"]
    assert rows == [{"at": "2026-03-15T22:41:00+08:00", "who": ["a", "b"], "kind": "text"}]
    assert "2026-03-15 22:41:00,a; b" in write("csv", result(frame, *columns), Style(excel=True))


def test_excel_csv_has_bom_crlf_words_and_whole_ids() -> None:
    render = RENDERERS.get("csv").result
    assert render is not None
    content = render(members(), Style(excel=True))
    assert content == (
        "\ufeff号码,名字,消息,占比,层\r\n\t100000000001,小林,1204,0.25,核心\r\n2,阿强,,,\r\n".encode()
    )
    plain = render(members(), Style())
    assert isinstance(plain, bytes)
    assert plain.startswith(b"member_id,")
    assert b"\r" not in plain
    assert b"\t" not in plain


def test_a_workbook_holds_typed_cells_guarded_text_and_the_same_bytes_every_time() -> None:
    import fastexcel

    frame = pl.DataFrame(
        {"member_id": ["100000000001"], "name": ["=1+1"], "messages": [3], "share": [-0.5],
         "layer": ["core"]}
    )  # fmt: skip
    render = RENDERERS.get("xlsx").result
    assert render is not None
    what = result(frame, ID, NAME, COUNT, SHARE, LAYER)
    content = render(what, Style())
    assert isinstance(content, bytes)
    assert content == render(what, Style())
    sheet = fastexcel.read_excel(content).load_sheet("表").to_polars()
    assert sheet.rows() == [("100000000001", "'=1+1", 3.0, -0.5, "核心")]
    assert sheet.columns == ["号码", "名字", "消息", "占比", "层"]
    xml = zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in xml


# --- layout --------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize("name", [n for k, n in HOSTILE.items() if k != "family"])
def test_no_terminal_line_is_wider_than_the_window(width: int, name: str) -> None:
    for line in show("terminal", report(name), Style(width=width)).splitlines():
        assert escape.display_width(line) <= width


def test_columns_that_do_not_fit_are_named() -> None:
    columns = [MetricColumn(f"c{i}", pl.Int64(), "count", f"count{i}", f"数{i}") for i in range(30)]
    frame = pl.DataFrame({c.key: [10**6, 10**6] for c in columns})
    shown = write("terminal", result(frame, *columns), Style(width=60))
    assert "数29" in shown
    assert re.search(r"右边还有 \d+ 列放不下", shown)
    left_out = int(re.findall(r"还有 (\d+) 列", shown)[0])
    assert shown.count("1,000,000") == 2 * (30 - left_out)


def test_one_wide_row_is_turned_on_its_side_beside_the_period_before() -> None:
    names = ["messages", "messages_last", "messages_change", "dau", "wau", "mau", "new", "staff"]
    columns = [MetricColumn(n, pl.Float64(), "count", n, n) for n in names]
    columns[2] = MetricColumn("messages_change", pl.Float64(), "share", "change", "变化")
    columns.append(MetricColumn("gini", pl.Float64(), "share", "gini", "gini"))
    values = [60.0, 80.0, -0.25, *[1.0] * 5, None]
    frame = pl.DataFrame(
        dict(zip([c.key for c in columns], [[v] for v in values], strict=True)),
        schema={c.key: c.dtype for c in columns},
    )
    shown = as_report(result(frame, *columns)).sections[0].blocks[0]
    assert isinstance(shown, Table)
    assert [c.title for c in shown.columns] == ["指标", "本期", "上期", "变化"]
    first = column_cells(shown.rows[0], shown.columns[1], "zh", guarded=True)
    assert first == ["messages", "60", "80", "−25 %"]
    assert len(shown.rows) == 7


def test_a_long_table_is_cut_visibly_on_the_terminal_only() -> None:
    frame = pl.DataFrame({"name": [f"n{i:02d}" for i in range(30)], "messages": range(30)})
    cut = write("terminal", result(frame, NAME, COUNT), Style(rows=20))
    assert "n19" in cut
    assert "n20" not in cut
    assert "还有 10 行" in cut
    assert "n29" in write("markdown", result(frame, NAME, COUNT))
    assert write("csv", result(frame, NAME, COUNT)).count("\n") == 31


def test_a_cut_table_that_runs_through_time_shows_the_newest_days() -> None:
    day = MetricColumn("date", pl.Date(), "date", "date", "日期")
    frame = pl.DataFrame({"date": [date(2026, 3, d) for d in range(1, 31)], "messages": range(30)})
    cut = write("terminal", result(frame, day, COUNT), Style(rows=5))
    assert "2026-03-30" in cut
    assert "2026-03-25" not in cut
    assert "更早的 25 行" in cut


def test_a_single_chat_is_not_repeated_on_every_row() -> None:
    chat = MetricColumn("chat_id", pl.String(), "id", "chat", "群")
    one = pl.DataFrame({"chat_id": ["c", "c"], "name": ["a", "b"]})
    two = pl.DataFrame({"chat_id": ["c", "d"], "name": ["a", "b"]})
    assert "群" not in write("terminal", result(one, chat, NAME))
    assert "群" in write("terminal", result(two, chat, NAME))
    assert write("csv", result(one, chat, NAME)).startswith("chat_id,")


def test_colour_comes_only_where_wanted() -> None:
    assert "\x1b[" in show("terminal", report("小林"), Style(color=True))
    assert "\x1b" not in show("terminal", report("\x1b[1m"), Style())


def test_the_ascii_form_needs_no_drawing_characters() -> None:
    table = Table(
        key="t",
        columns=(Column(key="s", title="s", unit="spark"),),
        rows=((Spark(values=(1, 2)),),),
    )
    section = Section(key="s", title="s", blocks=(Note(text=text("x"), tone="lead"), table))
    what = Report(kind="k", lang="en", title="t", sections=(section,))
    assert show("terminal", what, Style(ascii=True)).isascii()
    assert not show("terminal", what, Style()).isascii()


def test_every_renderer_is_named_as_its_file_and_writes_something() -> None:
    assert set(RENDERERS.names()) >= {"terminal", "markdown", "json", "jsonl", "csv", "xlsx"}
    for name in RENDERERS.names():
        renderer = RENDERERS.get(name)
        assert renderer.name == name
        assert renderer.suffix.startswith(".")
        assert renderer.report or renderer.result


def test_a_sentence_among_figures_wraps_instead_of_pushing_columns_out() -> None:
    columns = (
        Column(key="figure", title="figure", unit="text"),
        Column(key="value", title="value", unit="mixed"),
        Column(key="before", title="before", unit="mixed"),
    )
    rows = (("evidence", "messages of 7 days against their mean, " * 5, "last"),)
    section = Section(key="s", title="", blocks=(Table(key="t", columns=columns, rows=rows),))
    shown = show("terminal", Report(kind="k", lang="en", title="t", sections=(section,)))
    assert "last" in shown
    assert "do not fit" not in shown
    assert shown.count("mean,") == 5
