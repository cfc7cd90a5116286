"""What held-out frames at T0 say of every model: no other temperature is needed, and no label.

The instantaneous force f of a bead is the mean force plus fluctuations that no function of the beads follows.
The residual f - p of a force field is therefore large even for the exact mean force; what tells force fields
apart is the difference of their squares, in which fluctuations drop out (``excess_error``).
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from thermalcg.models.names import ARCHITECTURES, ModelKey
from thermalcg.statistics import Interval, standard_error

from .excess_error import excess_of


def reference_errors(losses: dict[ModelKey, np.ndarray], square: np.ndarray) -> pd.DataFrame:
    """The table ``reference_error.csv``, a row for each model.

    Args:
        losses: squared residuals of every model (``force_losses``), kJ2/mol2/nm2, shape (member, block).
        square: mean square of the forces of each block, kJ2/mol2/nm2, shape (block,).

    Returns:
        ``force_rms`` and ``residual_rms`` with its standard error, kJ/mol/nm; ``explained``, the share of the
        mean square force that the residual lacks; ``above_baseline``, the mean square residual above that
        of the baseline, with its 95 % interval ``low`` to ``high``, kJ2/mol2/nm2 (NaN of the baseline, or
        without one).
    """
    rows = []
    for key, own in losses.items():
        bootstrapped = ARCHITECTURES[key.architecture].bootstrapped
        blocks = own[0] if bootstrapped else own.mean(axis=0)
        residual = math.sqrt(blocks.mean())
        baseline = losses.get(ModelKey(key.architecture, "baseline"))
        compared = baseline is not None and key.mode != "baseline"
        above = Interval(*(math.nan,) * 3)
        if compared:
            # members of the same number saw the same resample, or began alike: they are compared one by one
            above = excess_of(own - baseline, np.zeros_like(own[:1]), bootstrapped=bootstrapped).interval
        rows.append(
            {
                **key._asdict(),
                "force_rms": math.sqrt(square.mean()),
                "residual_rms": residual,
                "residual_stderr": float(standard_error(blocks)) / (2 * residual),
                "explained": 1 - float(blocks.mean() / square.mean()),
                "above_baseline": above.value,
                "low": above.low,
                "high": above.high,
            }
        )
    return pd.DataFrame(rows)
