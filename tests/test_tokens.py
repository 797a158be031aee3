"""Texts become the same words whoever cuts them, and nothing else than words."""

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from sqtool.config import Text
from sqtool.text import tokens as module
from sqtool.text.tokens import jieba_cutter, stop_words, terms, tokens

NONE = Text()
ODD = [
    "王小芬今天在晨读会讲了沈从文",  # names that no dictionary has
    "阿澈说云上有书真好看",
    "我用iPhone15ProMax拍了3D打印的T恤",
    "价格是12.5元,打8.8折,满99减50!!",
    "Day12 打卡 21-30页 20min",
    "啊啊啊啊啊 啪啪啪 哈哈哈哈哈哈",
    "👍🏻🎉😂 好好看[强][强]",
    "讀書會今晚臺北見,記得簽到",
    "see you tomorrow、明天见。Ok?",
    "１２３全角数字和ＡＢＣ",
    "第十九章\r\n第二十章\t第廿一章",
    "ß Straße Ελλάδα Привет 안녕 ひらがな",
    "",
    "   ",
]


@pytest.fixture(scope="module", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("cache") / "sqtool"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SQTOOL_CACHE_DIR", str(folder))
        jieba_cutter.cache_clear()
        yield folder
    jieba_cutter.cache_clear()


def words(*texts: str | None, settings: Text = NONE) -> list[list[str] | None]:
    return tokens(pl.Series("text", texts, dtype=pl.String), settings).to_list()


def kept(text: str, **settings: object) -> list[str]:
    (found,) = terms(pl.Series([text]), Text(**settings)).to_list()
    assert isinstance(found, list)
    return found


def test_both_cutters_give_the_same_words(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("rjieba")
    log = Path(__file__).parent.parent / "fixtures" / "demo" / "reading-club.txt"
    said = log.read_text(encoding="utf-8").splitlines()[::4]
    rng = random.Random(5)
    mixed = ["".join(rng.choice(said)[:9] for _ in range(4)) for _ in range(300)]
    texts = pl.Series([*said, *mixed, *ODD])
    assert len(texts) > 1_000
    settings = Text(user_words=("晨读会", "云上有书", "iPhone15ProMax"))
    fast = [tokens(texts, NONE), tokens(texts, settings)]
    monkeypatch.setattr(module, "cutter", jieba_cutter)
    slow = [tokens(texts, NONE), tokens(texts, settings)]
    for one, other in zip(fast, slow, strict=True):
        assert [
            (t, a, b) for t, a, b in zip(texts, one, other, strict=True) if list(a) != list(b)
        ] == []


def test_words_by_hand() -> None:
    assert words("今天一起读《边城》第3章。", None, "翠翠OK!") == [
        ["今天", "一起", "读", "边城", "第", "3", "章"], None, ["翠翠", "ok"],
    ]  # fmt: skip


def test_a_new_word_is_found_by_the_model() -> None:
    assert words("他来到了网易杭研大厦") == [["他", "来到", "了", "网易", "杭研", "大厦"]]


def test_a_text_without_han_is_cut_at_its_own_letters() -> None:
    assert words("Don't stop — Straße, привет 2 u!") == [
        ["don't", "stop", "straße", "привет", "2", "u"]
    ]
    assert words("👍🎉", "...", "") == [[], [], []]


def test_equal_texts_are_cut_once(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def cut(text: str) -> list[str]:
        seen.append(text)
        return list(text)

    monkeypatch.setattr(module, "cutter", lambda: cut)
    assert words(*["早安"] * 50, "晚安") == [["早", "安"]] * 50 + [["晚", "安"]]
    assert sorted("".join(seen).split("\n")) == ["早安", "晚安"]


def test_texts_of_more_than_one_chunk_keep_their_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_CHUNK_ROWS", 2)
    assert words("读书", "!", "喝茶", "hi", "书店", "读书") == [
        ["读书"], [], ["喝茶"], ["hi"], ["书店"], ["读书"],
    ]  # fmt: skip


def test_user_words_stay_whole_the_longest_first() -> None:
    settings = Text(user_words=("晨读", "晨读会", "C++"))
    assert words("来晨读会学c++吧", settings=settings) == [["来", "晨读会", "学", "c++", "吧"]]
    assert words("来晨读会", settings=NONE) != [["来", "晨读会"]]


def test_what_never_counts() -> None:
    text = "@阿澈🌿 看这个 https://example.com/a/茶?x=1 茶话会[捂脸] 报名 2026 写信 a.b@example.org"
    assert kept(text) == ["茶话会", "报名", "写信"]
    assert kept("example.com/read/guide-1 导读 www.example.org，书单") == ["导读", "书单"]
    assert kept("@所有人\u2005周六茶话会") == ["茶话会"]
    assert kept("😂😂 12 3.5% 第12章") == []


def test_stop_words_and_user_words_of_the_settings() -> None:
    assert kept("书店 茶话会 哈哈哈 谢谢 the book") == ["书店", "茶话会", "book"]
    assert kept("书店 茶话会", stop_words=("书店",)) == ["茶话会"]
    # The operator's own words count, whatever they look like.
    assert kept("3d课 b2b 红包", user_words=("3D课", "红包")) == ["3d课", "红包"]
    assert "红包" in stop_words(NONE)
    assert "红包" not in stop_words(Text(user_words=("红包",)))


def test_nobody_is_told_and_the_cache_is_our_own(tmp_path: Path) -> None:
    code = (
        "import sys, polars as pl; sys.modules['rjieba'] = None\n"
        "from sqtool.config import Text; from sqtool.text.tokens import tokens\n"
        "print(tokens(pl.Series(['一起读书']), Text()).to_list())"
    )
    env = {**os.environ, "SQTOOL_CACHE_DIR": str(tmp_path / "c"), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", env=env
    )
    assert (done.stdout, done.stderr) == ("[['一起', '读书']]\n", "")
    assert [path.name for path in (tmp_path / "c").iterdir()] == ["jieba.cache"]
