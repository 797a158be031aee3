"""Fit the churn scorecard on tables of day counts and check it, one group left out at a time.

Usage::

    python scripts/fit_churn.py FOLDER [--write src/sqtool/metrics/churn_card.toml]
    python scripts/fit_churn.py FOLDER --check CARD      # apply a finished card, fit nothing

FOLDER holds ``activity.parquet``: chat, member, day, messages. The protocol is that of
docs/model-card-churn.md. What the card is compared with (days silent, days silent against the own
mean gap, BG/NBD) is computed on the same snapshots, BG/NBD fitted on the other groups as well.
"""

import argparse
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import betaln, gammaln
from sklearn.metrics import average_precision_score, roc_auc_score

from sqtool.metrics._churn_card import (
    INPUTS,
    WINDOW,
    Card,
    Level,
    Term,
    inputs,
    level_shift,
    parse_card,
    past_snapshots,
)

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

VERSION = 1
LEVEL = Level(past_snapshots=6, first_day=120, least_members=5, prior_variance=0.02)
TERMS = (
    ("silence", ("log1p(days_silent)",)),
    ("silence", ("log1p(days_silent)", "busy")),
    ("silence", ("missed_days",)),
    ("activity", ("log1p(decayed_days)",)),
    ("activity", ("log1p(pace_28)",)),
    ("history", ("log1p(active_weeks)",)),
    ("history", ("log1p(active_days)",)),
    ("history", ("one_day",)),
    ("group", ("group_last_week",)),
)
RIDGE = 1e-3
LEAST_SNAPSHOTS = 100
REGULAR_DAYS = 4


def read_days(folder: Path) -> pl.DataFrame:
    """Return chat_id, member_id, day, messages, sorted."""
    return (
        pl.read_parquet(folder / "activity.parquet", columns=["chat", "member", "day", "messages"])
        .rename({"chat": "chat_id", "member": "member_id"})
        .sort("chat_id", "member_id", "day")
    )


def snapshot_frame(days: pl.DataFrame) -> pl.DataFrame:
    """Return every member-snapshot with its inputs, ``silent`` (the label) and ``first_day``."""
    span = days.group_by("chat_id").agg(first_day=pl.col("day").min(), last=pl.col("day").max())
    at = (
        span.with_columns(
            at=pl.date_ranges(
                pl.col("first_day") + timedelta(days=LEVEL.first_day),
                pl.max_horizontal("first_day", pl.col("last") - timedelta(days=WINDOW)),
                interval=f"{WINDOW}d",
            )
        )
        .explode("at")
        .filter(pl.col("at").is_not_null())
        .select("chat_id", "at", "first_day")
    )
    # Chat by chat: days × snapshots of all chats at once would not fit into memory.
    parts = [
        inputs(part.lazy(), at.filter(pl.col("chat_id") == key[0]).lazy()).collect()
        for key, part in days.group_by(["chat_id"], maintain_order=True)
    ]
    return (
        pl.concat(parts)
        .filter(pl.len().over("chat_id", "at") >= LEVEL.least_members)
        .join(span.select("chat_id", "first_day"), on="chat_id")
        .with_columns(silent=~pl.col("returned"))
        .sort("chat_id", "at", "member_id")
    )


def design(frame: pl.DataFrame) -> Array:
    """Return the terms' values, a column each, behind a column of ones."""
    values = [Term(family, product, 1.0).value() for family, product in TERMS]
    columns = (value.alias(str(place)) for place, value in enumerate(values))
    matrix = frame.select(pl.lit(1.0).alias("one"), *columns)
    values_by_row: Array = matrix.to_numpy().astype(float)
    return values_by_row


def group_weights(chats: NDArray[np.str_]) -> Array:
    """Weight a snapshot by 1 ÷ √(its group's snapshots), so that big groups do not dominate."""
    _, where, counts = np.unique(chats, return_inverse=True, return_counts=True)
    weights: Array = 1 / np.sqrt(counts[where])
    weights /= weights.mean()
    return weights


def logistic(x: Array, y: Array, weights: Array) -> Array:
    """Fit a weighted ridge logistic regression by Newton's method; the intercept is free."""
    mean, spread = x.mean(axis=0), x.std(axis=0)
    mean[0], spread[0] = 0.0, 1.0
    z = (x - mean) / spread
    penalty = np.eye(z.shape[1]) * RIDGE * weights.sum()
    penalty[0, 0] = 0.0
    b = np.zeros(z.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-z @ b))
        gradient = z.T @ (weights * (y - p)) - penalty @ b
        step = np.linalg.solve((z * (weights * p * (1 - p))[:, None]).T @ z + penalty, gradient)
        b += step
        if np.abs(step).max() < 1e-9:
            break
    b = b / spread
    b[0] -= (b[1:] * mean[1:]).sum()
    return np.asarray(b, dtype=float)


def shifted(frame: pl.DataFrame, logits: Array, level: Level = LEVEL) -> Array:
    """Return logits moved to each group's own level, from snapshots before each one only."""
    scored = frame.select("chat_id", "at", "first_day", "returned").with_columns(logit=logits)
    starts = scored.select("chat_id", "at", "first_day").unique()
    past = past_snapshots(level, starts.lazy()).join(scored.lazy(), on=["chat_id", "at"])
    shift = level_shift(level, past).collect().rename({"now": "at"})
    both = scored.join(shift, on=["chat_id", "at"], how="left", maintain_order="left")
    return both.select(pl.col("logit") + pl.col("shift").fill_null(0.0)).to_series().to_numpy()


def bgnbd_fit(x: Array, last: Array, observed: Array) -> Array:
    """Fit r, α, a, b of the BG/NBD model by maximum likelihood.

    Fader, Hardie & Lee (2005), "Counting Your Customers" the Easy Way, Marketing Science 24(2),
    equation 6.

    Args:
        x: Repeat active days.
        last: Days from the first to the last active day.
        observed: Days from the first active day to now.
    """
    rows, counts = np.unique(np.column_stack([x, last, observed]), axis=0, return_counts=True)
    k, t_last, t_now = rows.T

    def loss(log_parameters: Array) -> float:
        r, alpha, a, b = np.exp(log_parameters)
        head = gammaln(r + k) - gammaln(r) + r * np.log(alpha)
        alive = betaln(a, b + k) - betaln(a, b) - (r + k) * np.log(alpha + t_now)
        gone = betaln(a + 1, b + np.maximum(k, 1) - 1) - betaln(a, b)
        gone = np.where(k > 0, gone - (r + k) * np.log(alpha + t_last), -np.inf)
        return float(-(counts * (head + np.logaddexp(alive, gone))).sum() / counts.sum())

    best = minimize(loss, np.zeros(4), method="L-BFGS-B", bounds=[(-6.0, 9.0)] * 4)
    return np.asarray(np.exp(best.x), dtype=float)


def bgnbd_scores(parameters: Array, x: Array, last: Array, observed: Array) -> tuple[Array, Array]:
    """Return 1 − P(alive) and the probability of no active day in the next 28 days."""
    r, alpha, a, b = parameters
    odds = a / (b + np.maximum(x, 1) - 1) * ((alpha + observed) / (alpha + last)) ** (r + x)
    alive = 1 / (1 + np.where(x > 0, odds, 0.0))
    # A member alive has a rate of Gamma(r + x, α + T): no event in t days has a closed form.
    quiet = ((alpha + observed) / (alpha + observed + WINDOW)) ** (r + x)
    return 1 - alive, 1 - alive + alive * quiet


def per_group(
    chats: NDArray[np.str_], y: Array, score: Array, use: Callable[[Array, Array], float],
    mask: Mask | None = None,
) -> dict[str, float]:  # fmt: skip
    """Return a figure by group, for groups with enough snapshots and both outcomes."""
    figures = {}
    for chat in np.unique(chats):
        rows = (chats == chat) if mask is None else (chats == chat) & mask
        if rows.sum() >= LEAST_SNAPSHOTS and 0 < y[rows].mean() < 1:
            figures[str(chat)] = float(use(y[rows], score[rows]))
    return figures


def calibration_error(y: Array, p: Array) -> float:
    """ECE: 10 equal-width bins, pooled."""
    bins = np.minimum((p * 10).astype(int), 9)
    return float(
        sum((bins == k).mean() * abs(p[bins == k].mean() - y[bins == k].mean())
            for k in np.unique(bins))
    )  # fmt: skip


def top_tenth_lift(y: Array, score: Array) -> float:
    """Share of the silent in the top tenth by score ÷ their share in all."""
    top = np.argsort(-score, kind="stable")[: max(1, len(y) // 10)]
    return float(y[top].mean() / y.mean())


def precision_lift(y: Array, score: Array) -> float:
    """Average precision ÷ the share of the silent."""
    return float(average_precision_score(y, score) / y.mean())


def mean(figures: dict[str, float]) -> float:
    """Plain mean over the groups."""
    return float(np.mean(list(figures.values())))


def left_out(labels: NDArray[np.str_]) -> Iterator[tuple[Mask, Mask]]:
    """Yield rows to fit on and rows to score, one group (or platform) after the other."""
    for label in np.unique(labels):
        yield labels != label, labels == label


def logits_left_out(frame: pl.DataFrame, label: pl.Expr) -> Array:
    """Score the rows of each label by weights fitted on the rows of the others."""
    chats, x = frame["chat_id"].to_numpy(), design(frame)
    y, out = frame["silent"].to_numpy().astype(float), np.zeros(frame.height)
    weights = group_weights(chats)
    for fit, test in left_out(frame.select(label).to_series().to_numpy()):
        out[test] = x[test] @ logistic(x[fit], y[fit], weights[fit])
    return out


def bgnbd_left_out(days: pl.DataFrame, frame: pl.DataFrame) -> tuple[Array, Array]:
    """Score each group by BG/NBD parameters fitted on the members of the others."""
    end = pl.col("day").max().over("chat_id")
    members = (
        days.with_columns(end=end)
        .group_by("chat_id", "member_id")
        .agg(
            x=pl.len().cast(pl.Float64) - 1,
            last=(pl.col("day").max() - pl.col("day").min()).dt.total_days().cast(pl.Float64),
            observed=(pl.col("end").first() - pl.col("day").min()).dt.total_days(),
        )
        .sort("chat_id", "member_id")
    )
    fitted_on = members["chat_id"].to_numpy()
    known = [members[c].to_numpy().astype(float) for c in ("x", "last", "observed")]
    chats = frame["chat_id"].to_numpy()
    x = frame["active_days"].to_numpy().astype(float) - 1
    observed = frame["tenure_days"].to_numpy().astype(float)
    last = observed - frame["days_silent"].to_numpy()
    gone, quiet = np.zeros(frame.height), np.zeros(frame.height)
    for _, test in left_out(chats):
        others = fitted_on != chats[test][0]
        parameters = bgnbd_fit(*(column[others] for column in known))
        gone[test], quiet[test] = bgnbd_scores(parameters, x[test], last[test], observed[test])
    return gone, quiet


def report(frame: pl.DataFrame, scores: dict[str, tuple[Array, bool]]) -> dict[str, float]:
    """Print the table of figures; return those of the first score."""
    chats, y = frame["chat_id"].to_numpy(), frame["silent"].to_numpy().astype(float)
    regulars = (frame["active_days"] >= REGULAR_DAYS).to_numpy()
    titles = ("AUC all", "regulars", "AP lift", "Brier", "ECE", "top 10%", "group ECE")
    print(f"{'':34}" + "".join(f"{title:>10}" for title in titles) + "  below recency")
    recency = per_group(chats, y, scores["days silent"][0], roc_auc_score)
    first: dict[str, float] = {}
    nothing = float("nan")
    for name, (score, is_probability) in scores.items():
        everyone = per_group(chats, y, score, roc_auc_score)
        row = [
            mean(everyone),
            mean(per_group(chats, y, score, roc_auc_score, regulars)),
            mean(per_group(chats, y, score, precision_lift)),
            float(np.mean((score - y) ** 2)) if is_probability else nothing,
            calibration_error(y, score) if is_probability else nothing,
            mean(per_group(chats, y, score, top_tenth_lift)),
            mean(per_group(chats, y, score, calibration_error)) if is_probability else nothing,
        ]
        worse = sum(everyone[g] < recency[g] for g in everyone)
        cells = "".join(f"{v:10.4f}" if v == v else f"{'-':>10}" for v in row)
        print(f"{name:34}{cells}  {worse} of {len(everyone)}")
        keys = ("auc", "auc_regulars", "precision_lift", "brier", "ece", "top_tenth_lift",
                "ece_by_group")  # fmt: skip
        first = first or {"groups": len(everyone), **dict(zip(keys, row, strict=True))}
    return first


def report_groups(frame: pl.DataFrame, score: Array) -> None:
    """Print each group's own figures beside recency."""
    chats, y = frame["chat_id"].to_numpy(), frame["silent"].to_numpy().astype(float)
    silent_for = frame["days_silent"].to_numpy().astype(float)
    card = per_group(chats, y, score, roc_auc_score)
    recency = per_group(chats, y, silent_for, roc_auc_score)
    print(f"\n{'group':40}{'snapshots':>10}{'silent':>9}{'mean p':>9}{'card':>8}{'recency':>9}")
    for chat, auc in card.items():
        rows = chats == chat
        print(
            f"{chat:40}{rows.sum():10d}{y[rows].mean():9.3f}{score[rows].mean():9.3f}"
            f"{auc:8.3f}{recency[chat]:9.3f}"
        )


def as_toml(weights: Array, measured: dict[str, float], groups: int, snapshots: int) -> str:
    """Write the card as TOML, weights with four decimals."""
    lines = [
        "# Churn scorecard: log-odds that a member who spoke in the last 28 days writes nothing in",
        "# the next 28. Written by scripts/fit_churn.py; docs/model-card-churn.md says how.",
        "# logit = intercept + sum of weight x product of inputs, + the group's own shift.",
        f"version = {VERSION}",
        f"intercept = {weights[0]:.4f}",
        "",
        "# The inputs, at a snapshot:",
        *(f"#   {name}: {words}" for name, words in INPUTS.items()),
        "",
        "[level]  # the shift to the group's own level, from its earlier snapshots",
        *(f"{key} = {value}" for key, value in vars(LEVEL).items()),
        "",
        "[measured]  # leave-one-group-out",
        f"fitted_groups = {groups}",
        f"fitted_snapshots = {snapshots}",
        *(f"{k} = {v if k == 'groups' else round(v, 4)}" for k, v in measured.items()),
    ]
    for (family, product), weight in zip(TERMS, weights[1:], strict=True):
        quoted = ", ".join(f'"{part}"' for part in product)
        lines += ["", "[[term]]", f'family = "{family}"', f"product = [{quoted}]",
                  f"weight = {weight:.4f}"]  # fmt: skip
    return "\n".join(lines) + "\n"


def probability(logits: Array) -> Array:
    """Turn logits into probabilities."""
    return np.asarray(1 / (1 + np.exp(-logits)), dtype=float)


def main() -> None:
    """Fit or check, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--write", type=Path, help="write the card fitted on all groups here")
    parser.add_argument("--check", type=Path, help="apply this card; nothing is fitted")
    options = parser.parse_args()
    days = read_days(options.folder)
    frame = snapshot_frame(days)
    silent_for = frame["days_silent"].to_numpy().astype(float)
    gap = frame.select(
        (pl.col("tenure_days") - pl.col("days_silent")) / (pl.col("active_days") - 1).clip(1)
    ).to_series()
    others: dict[str, tuple[Array, bool]] = {}
    if options.check:
        card: Card = parse_card(options.check.read_text(encoding="utf-8"))
        logits = frame.select(card.logit()).to_series().to_numpy()
        moved = shifted(frame, logits, card.level)
    else:
        logits = logits_left_out(frame, pl.col("chat_id"))
        moved = shifted(frame, logits)
        # Harder than the protocol asks: nothing of the platform (chat name up to "-") was seen.
        platform = pl.col("chat_id").str.split("-").list.first()
        strangers = shifted(frame, logits_left_out(frame, platform))
        others["card, whole platform left out"] = (probability(strangers), True)
    gone, quiet = bgnbd_left_out(days, frame)
    print(f"{frame['chat_id'].n_unique()} groups, {frame.height:,} member-snapshots")
    measured = report(
        frame,
        {
            "card, moved to the group's level": (probability(moved), True),
            "card, not moved": (probability(logits), True),
            **others,
            "days silent": (silent_for, False),
            "days silent / own mean gap": (silent_for / np.maximum(gap.to_numpy(), 1), False),
            "BG/NBD 1 - P(alive)": (gone, True),
            "BG/NBD P(no activity in 28 days)": (quiet, True),
        },
    )
    once = frame.filter(pl.col("active_days") == 1)["silent"].to_numpy().mean()
    print(f"of those with one active day, silent next: {once:.3f}")
    report_groups(frame, probability(moved))
    if options.write and not options.check:
        chats = frame["chat_id"].to_numpy()
        y = frame["silent"].to_numpy().astype(float)
        weights = logistic(design(frame), y, group_weights(chats))
        groups = frame["chat_id"].n_unique()
        options.write.write_text(as_toml(weights, measured, groups, frame.height), "utf-8")


if __name__ == "__main__":
    main()
