"""Whether a verdict repeats: the claims of several studies that differ in nothing but their seed.

``python -m thermalcg.benchmark.replicates results/replicate_*/tables/claims.csv --csv replicate.csv``; the
studies are made by ``make replicate``.

Everything that is random is drawn anew in each: the all-atom runs at T0 and at the held-out temperatures,
the fits and the CG runs.  A stated interval holds the noise of the all-atom reference and of the test frames,
too.  Replicates that shared them would scatter less than their intervals say, and would agree more often than
the studies of two people do.

The scatter of a value over replicates is its true error.  It is held against the stated one by

    chi^2 / (n - 1) = sum_i (x_i - m)^2 / s_i^2 / (n - 1),    m = sum_i (x_i / s_i^2) / sum_i (1 / s_i^2),

which is 1 on average where the stated errors s_i are right.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import chi2

from thermalcg.storage.tables import read_table, write_table

#: What names a claim in ``claims.csv``.
KEYS = ["kind", "claim", "architecture", "temperature_K"]

#: Columns that are read besides.
NEEDED = ["claim", "architecture", "temperature_K", "value", "low", "high", "threshold", "verdict"]

#: Row of all claims together.
ALL = "all"

VERDICTS = ("holds", "fails", "undecided")

#: Standard errors from the value to the end of a 95 % interval: of one with two ends, of one with one end.
TWO_SIDED, ONE_SIDED = 1.96, 1.645


def replicate_table(claims: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The table ``replicate.csv``: each claim with its verdicts and values in every replicate.

    A claim that a replicate lacks counts as undecided there.  The last rows are the sums over the claims of
    each kind, with claim ``all``: the mean agreement, and chi-square per degree of freedom of all values.

    Args:
        claims: tables ``claims.csv`` of two or more studies.

    Raises:
        ValueError: a single study, or one that has a claim twice.
    """
    if len(claims) < 2:
        raise ValueError(f"{len(claims)} table(s) of claims; allowed: two or more")
    own = [_keyed(table) for table in claims]
    keys = list(dict.fromkeys(key for table in own for key in table.index))
    rows = [_row(key, [table.loc[key] if key in table.index else None for table in own]) for key in keys]
    table = pd.DataFrame(rows)
    kinds = [table[table["kind"] == kind] for kind in dict.fromkeys(table["kind"])]
    sums = [_together(kind) for kind in kinds]
    return pd.concat([table, pd.DataFrame(sums, columns=table.columns)], ignore_index=True)


def stated_error(value: float, low: float, high: float) -> float:
    """Standard error of a value that its 95 % interval says; NaN where neither end is finite.

    An interval by Student's t, or one widened for the number of claims, is taken for a normal one: the error
    is then too large, and chi-square too small.

    Args:
        value, low, high: the value and the ends, of which one may be infinite.
    """
    widths = [abs(end - value) for end in (low, high) if np.isfinite(end)]
    if not widths or not np.isfinite(value):
        return np.nan
    return float(np.mean(widths) / (TWO_SIDED if len(widths) == 2 else ONE_SIDED))


def chi_square(values: np.ndarray, errors: np.ndarray) -> tuple[float, int]:
    """Chi-square of values about their weighted mean, and degrees of freedom; NaN and 0 for fewer than two.

    Args:
        values: shape (n,); those without an error or with one of zero are left out.
        errors: standard errors, shape (n,).
    """
    good = np.isfinite(values) & np.isfinite(errors) & (errors > 0)
    if good.sum() < 2:
        return np.nan, 0
    x, weight = values[good], errors[good] ** -2.0
    mean = (weight * x).sum() / weight.sum()
    return float((weight * (x - mean) ** 2).sum()), int(good.sum()) - 1


def _keyed(table: pd.DataFrame) -> pd.DataFrame:
    table = table.assign(kind=table.get("kind", "study"), architecture=table["architecture"].fillna(""))
    table = table.set_index(KEYS)
    if table.index.has_duplicates:
        raise ValueError(f"claims twice: {sorted(set(table.index[table.index.duplicated()]))}")
    return table


def _row(key: tuple, found: list[pd.Series | None]) -> dict[str, object]:
    verdicts = ["undecided" if one is None else one["verdict"] for one in found]
    counts = [verdicts.count(verdict) for verdict in VERDICTS]
    values, lows, highs = (
        np.array([np.nan if one is None else one[name] for one in found], float)
        for name in ("value", "low", "high")
    )
    errors = np.array([stated_error(*one) for one in zip(values, lows, highs, strict=True)])
    known = values[np.isfinite(values)]
    square, freedom = chi_square(values, errors)
    numbers = range(1, len(found) + 1)
    return {
        **dict(zip(KEYS, key, strict=True)),
        "threshold": next((one["threshold"] for one in found if one is not None), np.nan),
        "replicates": len(found),
        **dict(zip(VERDICTS, counts, strict=True)),
        "majority": VERDICTS[int(np.argmax(counts))],
        "agreement": max(counts) / len(found),
        "value": float(known.mean()) if len(known) else np.nan,
        "spread": float(known.std(ddof=1)) if len(known) > 1 else np.nan,
        "stated_error": float(np.sqrt(np.nanmean(errors**2))) if np.isfinite(errors).any() else np.nan,
        "freedom": freedom,
        "chi2_per_freedom": square / freedom if freedom else np.nan,
        "chi2_probability": float(chi2.sf(square, freedom)) if freedom else np.nan,
        **{f"verdict_{i}": verdict for i, verdict in zip(numbers, verdicts, strict=True)},
        **{f"value_{i}": value for i, value in zip(numbers, values, strict=True)},
    }


def _together(rows: pd.DataFrame) -> dict[str, object]:
    """All claims of a kind; values of different claims have no mean, and those of one study are not
    independent, so that chi-square has no probability here."""
    freedom = int(rows["freedom"].sum())
    square = float((rows["chi2_per_freedom"] * rows["freedom"]).sum())
    return {
        "kind": rows["kind"].iloc[0],
        "claim": ALL,
        "architecture": "",
        "replicates": int(rows["replicates"].iloc[0]),
        **{verdict: int(rows[verdict].sum()) for verdict in VERDICTS},
        "agreement": float(rows["agreement"].mean()),
        "freedom": freedom,
        "chi2_per_freedom": square / freedom if freedom else np.nan,
    }


def main() -> None:
    """Read the tables, print how well verdicts agree, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("claims", type=Path, nargs="+", help="tables claims.csv, one of each replicate")
    parser.add_argument("--csv", type=Path, required=True, help="table to write")
    given = parser.parse_args()
    table = replicate_table([read_table(path, NEEDED) for path in given.claims])
    given.csv.parent.mkdir(parents=True, exist_ok=True)
    write_table(table, given.csv)
    for _, row in table[table["claim"] == ALL].iterrows():
        share, square = 100 * row["agreement"], row["chi2_per_freedom"]
        print(
            f"{row['kind']}: {row['replicates']} replicates, {share:.0f} % of the verdicts are that of the"
            f" majority; chi-square of the stated errors {square:.2f} per degree of freedom"
        )


if __name__ == "__main__":
    main()
