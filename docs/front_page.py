"""Brings the front page and the page of measurements up to date with the committed tables.

    python docs/front_page.py

draws ``docs/pictures/effect.png`` and writes the tables of claims and goals where texts have them.  It also
renews every number that names its source in a comment, as in

    54<!-- default/excess: excess_kJ_per_mol_nm; architecture=spline mode=baseline temperature_K=700 -->

(study, table, column or columns, and the values that select exactly one row).  Run it whenever the tables in
``results/reference`` change; a test fails until then.
"""

from __future__ import annotations

import hashlib
import math
import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "workflow"))

from thermalcg.figures import style  # noqa: E402
from thermalcg.models.names import ARCHITECTURES, STUDY_RESPONSE  # noqa: E402
from thermalcg.storage.files import atomic_path  # noqa: E402

TABLES = ROOT / "results" / "reference"
PICTURE = ROOT / "docs" / "pictures" / "effect.png"

#: Texts whose numbers name their source.
TEXTS = (ROOT / "README.md", *sorted((ROOT / "docs" / "explanation").glob("*.md")))

#: Claims of the study and goals of the project in the reader's words; the threshold of the table takes the
#: place of the braces.
WORDING = {
    "force error below that of the baseline": "Forces: excess over the yardstick below the baseline's",
    "force error not above that of energy matching": "Forces: error not above that of energy matching",
    "RDF error below that of the baseline": "RDF: error below the baseline's",
    "ADF error below that of the baseline": "ADF: error below the baseline's",
    "size of the force error, response / baseline": (
        "Force error beyond that of the yardstick: at most {threshold:g} of the baseline's"
    ),
    "size of the RDF error, response / baseline": "RDF error: at most {threshold:g} of the baseline's",
    "size of the ADF error, response / baseline": "ADF error: at most {threshold:g} of the baseline's",
    "RDF error, response / trained there": "RDF error: at most the yardstick's",
    "ADF error, response / trained there": "ADF error: at most the yardstick's",
    "energy change from T0, relative deviation from all-atom": (
        "Change of the mean energy from $T_0$: within {percent:g} % of all-atom"
    ),
    "diffusion, relative deviation from all-atom (response kernel)": (
        "Diffusion, memory kernel from $T_0$ alone: within {percent:g} % of all-atom"
    ),
    "diffusion, relative deviation from all-atom (arrhenius kernel)": (
        "Diffusion, memory kernel from two other temperatures: within {percent:g} % of all-atom"
    ),
    "velocity autocorrelation error (L1), memory / friction alone": (
        "Velocity autocorrelation: error with memory at most {threshold:g} of that with friction alone"
    ),
    "CG speed over all-atom, ns/day of the same box": (
        "Speed: at least {threshold:g} times the ns/day of all-atom, same box, one core"
    ),
}

#: Tables of the front page: the comments around each, the kind of its rows, and the head of its first column.
BLOCKS = {"claims": ("study", "Claim of the study"), "goals": ("project", "Goal of this project")}

#: Lines of the figure: training mode, and what it means to a reader who does not know the modes.
CURVES = {
    "baseline": "trained at {T0:g} K: forces",
    STUDY_RESPONSE: "trained at {T0:g} K: forces and their thermal response",
    "at_temperature": "trained at each temperature (yardstick)",
}

#: A number and the comment that names its source.
NUMBER = re.compile(
    r"(?P<text>[−-]?[\d.]+(?: ± [\d.]+)?(?: \[[^\]]*\])?)"
    r"<!-- (?P<study>\w+)/(?P<table>\w+): (?P<columns>[^;>]+); (?P<where>[^>]+) -->"
)


def read(study: str, table: str) -> pd.DataFrame:
    """A committed table."""
    return pd.read_csv(TABLES / study / "tables" / f"{table}.csv")


def claims_table(claims: pd.DataFrame, block: str) -> str:
    """Claims or goals as a Markdown table: a row for each, in it the verdict of each architecture.

    Args:
        claims: table ``claims.csv``.
        block: a key of ``BLOCKS``.
    """
    kind, head = BLOCKS[block]
    lines = [
        f"| {head} | " + " | ".join(facts.short for facts in ARCHITECTURES.values()) + " |",
        "|---" * (1 + len(ARCHITECTURES)) + "|",
    ]
    for claim, rows in claims[claims["kind"] == kind].groupby("claim", sort=False):
        text = WORDING.get(claim, f"{claim}: {rows['side'].iloc[0]} {{threshold:g}}")
        threshold = rows["threshold"].iloc[0]
        cells = [verdicts(rows[rows["architecture"] == architecture]) for architecture in ARCHITECTURES]
        lines.append(
            f"| {text.format(threshold=threshold, percent=100 * threshold)} | " + " | ".join(cells) + " |"
        )
    return "\n".join(lines) + "\n"


def with_tables(text: str, claims: pd.DataFrame) -> str:
    """The text with the tables of claims and goals made anew where it has them."""
    for block in BLOCKS:
        enclosed = re.compile(rf"(<!-- {block} -->\n).*?(<!-- end of {block} -->)", re.DOTALL)
        text = enclosed.sub(rf"\g<1>{claims_table(claims, block)}\g<2>", text)
    return text


def verdicts(rows: pd.DataFrame) -> str:
    """Verdicts with their temperatures: ``holds at 250 and 625 K; undecided at 300 K``."""
    if rows.empty:
        return "not studied"
    parts = []
    for verdict in ("holds", "fails", "undecided"):
        temperatures = [f"{T:g}" for T in sorted(rows.loc[rows["verdict"] == verdict, "temperature_K"])]
        if temperatures:
            listed = ", ".join(temperatures[:-1]) + " and " * (len(temperatures) > 1) + temperatures[-1]
            parts.append(f"{verdict} at {listed} K")
    return "; ".join(parts)


def with_numbers(text: str) -> str:
    """The text with every number that names its source taken from the table again."""
    return NUMBER.sub(lambda match: number(match) + match[0][len(match["text"]) :], text)


def number(match: re.Match) -> str:
    """The value that a comment describes, rounded to what its error allows.

    Raises:
        ValueError: the values select no row or more than one, or a value that is not known.
    """
    rows = read(match["study"], match["table"])
    for condition in match["where"].split():
        column, value = condition.replace("~", " ").split("=", 1)
        numeric = pd.api.types.is_numeric_dtype(rows[column])
        rows = rows[rows[column] == (float(value) if numeric else value)]
    if len(rows) != 1:
        raise ValueError(f"{match[0]!r} selects {len(rows)} rows; expected one")
    row = rows.iloc[0]
    value, _, rest = match["columns"].strip().partition(" ")
    if not np.isfinite([row[column] for column in re.findall(r"\w+", match["columns"])]).all():
        raise ValueError(f"{match[0]!r}: not known; say so in words")
    if rest.startswith("±"):
        decimals = _decimals(row[rest.split()[1]])
        return f"{row[value]:.{decimals}f} ± {row[rest.split()[1]]:.{decimals}f}"
    if rest.startswith("["):
        low, high = rest.strip("[]").split(", ")
        return f"{_rounded(row[value])} [{_rounded(row[low])}, {_rounded(row[high])}]"
    return _rounded(row[value])


def _decimals(error: float) -> int:
    """Decimals that show one digit of an error, two where the first is a 1."""
    digit, exponent = f"{abs(error):.0e}".split("e")
    return max(0, -int(exponent) + (digit == "1"))


def _rounded(value: float) -> str:
    """Two digits, three where the first is a 1."""
    if not np.isfinite(value) or value == 0:
        return f"{value:g}"
    digits = 3 if f"{abs(value):e}".startswith("1") else 2
    return f"{value:.{max(0, digits - 1 - math.floor(math.log10(abs(value))))}f}"


def effect(errors: pd.DataFrame, reference: float):
    """The figure of the front page: RDF error of splines against temperature.

    Args:
        errors: table ``structure_error.csv``.
        reference: T0, K.
    """
    style.use(dpi=200, font_size=10)
    fig, axes = style.panels(1, 1, width=6.4, height=3.3)
    ax = axes[0, 0]
    rdf = errors[(errors["observable"] == "rdf") & (errors["architecture"] == "spline")]
    own = rdf[(rdf["mode"] == "baseline") & (rdf["temperature_K"] == reference)]
    for mode, text in CURVES.items():
        look = style.look(mode)
        # at T0 the three models are one and the same
        curve = pd.concat([rdf[(rdf["mode"] == mode) & (rdf["temperature_K"] != reference)], own])
        curve = curve.sort_values("temperature_K")
        bars = [curve["distance"] - curve["low"], curve["high"] - curve["distance"]]
        ax.errorbar(
            curve["temperature_K"], curve["distance"], yerr=bars, label=text.format(T0=reference),
            color=look.colour, marker=look.marker, markersize=5, linewidth=1.8, elinewidth=1, capsize=2.5,
        )  # fmt: skip
    ax.axvline(reference, color=style.GUIDE, linewidth=0.8, linestyle=":")
    ax.annotate(
        "$T_0$: the only temperature\nthat the first two have seen", (reference, 0.97), xytext=(5, 0),
        xycoords=("data", "axes fraction"), textcoords="offset points", va="top", fontsize="small",
        color=style.GUIDE,
    )  # fmt: skip
    ax.set_ylim(0, None)
    ax.set_xlabel("Temperature (K)")
    ax.set_ylabel("Error of g(r): rms Δg(r)")
    ax.legend(loc="upper right", bbox_to_anchor=(1, 0.82))
    return fig


def fingerprint(errors: pd.DataFrame) -> str:
    """What a picture keeps of the table it was drawn from, so that a stale one is found."""
    return hashlib.sha256(errors.to_csv(index=False).encode()).hexdigest()


def reference_temperature() -> float:
    """T0 of the committed study, K."""
    configuration = (TABLES / "default" / "config.yaml").read_text()
    return float(re.search(r"^ +reference_K: ([\d.]+)$", configuration, re.MULTILINE)[1])


def main() -> None:
    errors = read("default", "structure_error")
    figure = effect(errors, reference_temperature())
    with atomic_path(PICTURE) as temporary:
        figure.savefig(temporary, format="png", metadata={"Software": None, "Table": fingerprint(errors)})
    for path in TEXTS:
        text = with_tables(path.read_text(), read("default", "claims"))
        path.write_text(with_numbers(text))
        print(f"{path.relative_to(ROOT)}: up to date")


if __name__ == "__main__":
    main()
