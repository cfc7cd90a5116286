"""Figure of the check of a trajectory: mean forces along pairs against the slope of g(r)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from thermalcg.trajectories.force_balance import ForceBalance

from . import style

#: Panels in a row.
COLUMNS = 3


def force_balance_panels(balances: Sequence[ForceBalance], temperature: float) -> Figure:
    """Both sides of the Yvon-Born-Green equation for each pair of species, their difference below.

    Args:
        balances: of ``TrajectoryCheck``; a remark stands in the figure if there are none.
        temperature: K.
    """
    columns = min(COLUMNS, max(1, len(balances)))
    rows = max(1, -(-len(balances) // columns))
    fig, axes = style.panels(
        2 * rows, columns, width=style.DOUBLE if columns > 1 else style.SINGLE, height=0.6 + 2.9 * rows,
        sharex=True, height_ratios=[2, 1] * rows,
    )  # fmt: skip
    used = []
    if not balances:
        style.note(axes[0, 0], "too few frames")
    for k, balance in enumerate(balances):
        upper, lower = axes[2 * (k // columns), k % columns], axes[2 * (k // columns) + 1, k % columns]
        used.append(upper)
        _draw(upper, lower, balance)
        pair = "–".join(balance.pair) if len(balances) > 1 else f"{temperature:g} K"
        upper.set_title(f"{pair}: factor {balance.factor:.3f} ± {balance.factor_se:.3f}")
        lower.set_xlabel("r (nm)")
        lower.tick_params(labelbottom=True)
        if k % columns == 0:
            upper.set_ylabel("force along the pair\n(kJ/mol/nm)")
            lower.set_ylabel("difference")
    for k in range(max(1, len(balances)), rows * columns):
        axes[2 * (k // columns), k % columns].set_axis_off()
        axes[2 * (k // columns) + 1, k % columns].set_axis_off()
    if len(used) > 1:
        style.letter(used)
    style.legend(fig, used, columns=2)
    return fig


def _draw(upper: Axes, lower: Axes, balance: ForceBalance) -> None:
    r, expected, measured = balance.r, balance.expected, balance.measured
    upper.axhline(0, color=style.GUIDE, linewidth=0.6)
    upper.plot(r, expected, color=style.ALL_ATOM_COLOUR, label="kB T d ln g/dr")
    band = (expected - balance.expected_se, expected + balance.expected_se)
    upper.fill_between(r, *band, color=style.ALL_ATOM_COLOUR, alpha=0.25, linewidth=0)
    upper.errorbar(
        r,
        measured,
        yerr=balance.measured_se,
        color=style.BLUE,
        marker="o",
        linestyle="none",
        label="mapped forces",
    )
    lower.axhline(0, color=style.GUIDE, linewidth=0.6)
    error = np.hypot(balance.expected_se, balance.measured_se)
    lower.errorbar(r, measured - expected, yerr=error, color=style.BLUE, marker="o", linestyle="none")
