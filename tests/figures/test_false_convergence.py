"""Bars are the differences between runs."""

import pandas as pd

from thermalcg import figures


def test_false_convergence():
    kinds = ("halves", "same start", "melted start")
    rows = [(w, c, 10.0 * k, 20.0, 0.9, 1.1, 0.0) for w in ("fixed", "rungs") for k, c in enumerate(kinds)]
    columns = [
        "way", "compared", "rms_difference_kJ_per_mol_nm", "worst_molecule_kJ_per_mol_nm", "correlation",
        "rhat", "energy_gap_kJ_per_mol",
    ]  # fmt: skip
    fig = figures.false_convergence(pd.DataFrame(rows, columns=columns))
    assert [p.get_height() for p in fig.axes[0].patches] == [0.0, 10.0, 20.0] * 2
