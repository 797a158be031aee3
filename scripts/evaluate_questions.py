"""How well questions are told from other messages, beside "ends with a question mark".

    python scripts/evaluate_questions.py [FILE]

FILE: CSV of text, question (0 or 1), split; default ``fixtures/labelled/questions.csv`` (invented).
Prints precision and recall for each split: rules were tuned on ``tune`` only.
"""

import sys
from pathlib import Path

import polars as pl

from sqtool.text.questions import asking

LABELLED = Path(__file__).parent.parent / "fixtures" / "labelled" / "questions.csv"


def judged(labelled: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with what the rules and the baseline say of each."""
    rows = labelled.with_row_index("row")
    found = asking(rows.lazy()).select("row").collect()["row"]
    return rows.with_columns(
        rules=pl.col("row").is_in(found.implode()),
        mark=pl.col("text").str.contains(r"[?？]\s*$"),
        truth=pl.col("question") == 1,
    )


def precision_recall(rows: pl.DataFrame, says: str) -> tuple[float, float]:
    """Return precision and recall of one column of judgements."""
    right = rows.filter(says, "truth").height
    return right / max(1, rows.filter(says).height), right / max(1, rows.filter("truth").height)


def main() -> None:
    """Print the figures."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else LABELLED
    rows = judged(pl.read_csv(path))
    for split in ("tune", "held_out"):
        part = rows.filter(pl.col("split") == split)
        print(f"{split}: {part.height} lines, {part.filter('truth').height} of them questions")
        for says in ("rules", "mark"):
            precision, recall = precision_recall(part, says)
            print(f"  {says:6} precision {precision:.3f}  recall {recall:.3f}")


if __name__ == "__main__":
    main()
