"""群体检: the verdict, the rule that fired with its numbers, and those that did not."""

import polars as pl

from sqtool.reports._figures import Figures
from sqtool.reports._labels import label
from sqtool.reports._model import Block, Items, Note, Section, Text, strong, text


def build(figures: Figures) -> Section | None:
    """Build the section: verdict, evidence, rules not fired, rules not tested."""
    verdict = figures.row("zombie.verdict")
    if not verdict:
        return None
    tr, lang = figures.tr, figures.lang
    rules = figures.table("zombie.rules")
    word = label("verdict", verdict["verdict"], lang)
    blocks: list[Block] = []
    evidence = figures.evidence()
    if evidence:
        blocks.append(Note(text=text(tr("Rule fired: ", "触发规则:"), evidence, tr(".", "。"))))
    # 降温 and 升温 look at the same numbers, and 平稳 only says that nothing else fired.
    verdict_code = verdict["verdict"]
    hidden = {"steady", "warming" if verdict_code != "warming" else "cooling"}
    calm = [
        _rule(row["rule"], row["evidence"], figures)
        for row in rules.filter(
            ~pl.col("is_verdict"), pl.col("state") != "not_tested", ~pl.col("rule").is_in(hidden)
        ).iter_rows(named=True)
    ]
    untested = [
        label("verdict", code, lang)
        for code in rules.filter(pl.col("state") == "not_tested")["rule"].unique(
            maintain_order=True
        )
    ]
    if calm:
        blocks.append(Note(text=text(tr("Not fired:", "未触发的规则:"))))
        blocks.append(Items(items=tuple(calm)))
    if untested:
        listed = tr(", ", "、").join(untested)
        blocks.append(Note(text=text(tr("Not tested: ", "未检验:"), listed), tone="quiet"))
    action = label("action", verdict.get("action"), lang)
    title = tr(f"Health check: {word}", f"群体检:{word}")
    if verdict["verdict"] == "steady" and figures.trend_untested:
        title += tr(" (trend not tested)", "(升降温未检验)")
    if action:
        blocks.insert(
            len(blocks) and 1,
            Note(text=text(tr("Suggested for this group: ", "对这个群的建议:"), strong(action))),
        )
    return Section(key="verdict", title=title, blocks=tuple(blocks))


def _rule(code: str, evidence: str | None, figures: Figures) -> Text:
    return text(
        strong(label("verdict", code, figures.lang)), figures.tr(": ", ":"), evidence or "–"
    )
