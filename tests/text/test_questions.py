"""What is a question and what only looks like one; the labelled lines keep their figures."""

from pathlib import Path

import polars as pl
import pytest

from sqtool.text.questions import asking, rules

LABELLED = Path(__file__).parents[2] / "fixtures" / "labelled" / "questions.csv"


def is_question(text: str | None) -> bool:
    frame = pl.LazyFrame({"text": [text]}, schema={"text": pl.String})
    return not asking(frame).collect().is_empty()


@pytest.mark.parametrize(
    "text",
    [
        "周五还上课吗",
        "請問這個怎麼報名",  # traditional
        "@小林 材料交给谁[呲牙]",  # a mention before it, a sticker behind it
        "群里谁有讲义，谢谢",
        "Does anyone have the recording",
        "可以改期吗？谢谢老师！",
        "请问" + "前面讲的内容我听了好几遍" * 20,  # long, but it says that it asks
    ],
)
def test_questions(text: str) -> None:
    assert is_question(text)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "？？",
        "在吗？",
        "你好，在吗",
        "这谁受得了",
        "你觉得呢？哈哈哈",
        "想赚钱吗？加微信",
        "我不知道怎么办",
        "什么都好",
        "今天我们讲完了，怎么样复习大家心里有数。" * 20,  # long: a word in it is not enough
    ],
)
def test_what_only_looks_like_a_question(text: str | None) -> None:
    assert not is_question(text)


def test_a_joke_is_no_question_but_a_request_with_a_laugh_is() -> None:
    assert not is_question("这是哪里哈哈哈")
    assert is_question("请问这是哪里哈哈哈")


def test_every_rule_is_an_expression_that_works() -> None:
    known = rules()
    for rule in (*known.never, *known.harmless, *known.explicit, *known.asks, *known.laughing):
        pl.Series(["x"]).str.contains(rule, strict=True)


@pytest.mark.parametrize("split", ["tune", "held_out"])
def test_the_labelled_lines_keep_their_figures(split: str) -> None:
    rows = pl.read_csv(LABELLED).filter(pl.col("split") == split)
    assert rows.height == 151
    found = asking(rows.lazy()).collect()
    right = int(found["question"].sum())
    assert right / found.height >= 0.93
    assert right / int(rows["question"].sum()) >= 0.95
