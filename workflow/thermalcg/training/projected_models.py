"""Ensembles of splines from the projected response of one run or of several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from thermalcg.models.names import MODES, ModelName
from thermalcg.models.potential import ThermalPotential
from thermalcg.models.spline.fit import resampled
from thermalcg.models.training_data import Source
from thermalcg.response.combined_runs import combine_runs
from thermalcg.response.projected_splines import SplineProjection


def projected_ensemble(
    model: str, projections: Sequence[SplineProjection], reference: float, *, seed: int, members: int
) -> tuple[list[ThermalPotential], list[dict[str, Any]]]:
    """Member 0 uses all blocks once; the others are bootstrap resamples of the blocks of each run.

    Modes share their force field at T0, and members their resample, so that two modes differ in the response
    and in nothing else.  Weights of shells and penalties are those of all data in every member.

    Args:
        model: its name, of a mode that is ``ModelName.projected``.
        projections: of the runs at each of its training temperatures.
        reference: T0, K.
        seed: as in ``Architecture.fit``.
        members: their number.

    Returns:
        The members, and for each a record of its training that can be written as JSON.

    Raises:
        ValueError: a mode that is not projected, or several runs where the mode has one.
    """
    name = ModelName.parse(model)
    several = name.mode == "multi_temperature_response"
    if not name.projected or (len(projections) > 1 and not several):
        raise ValueError(
            f"model is {model!r} of {len(projections)} runs; allowed: one run of a projected mode"
        )
    runs = sorted(projections, key=lambda p: p.first.temperature)
    blocks = [np.arange(p.moments.n_blocks) for p in runs]
    starts = np.cumsum([0, *(len(b) for b in blocks)])
    sources = {
        Source(p.first.temperature): start + own for p, start, own in zip(runs, starts, blocks, strict=False)
    }
    fitted, records = [], []
    for member in range(members):
        drawn = resampled(sources, seed, member) if member else np.ones(starts[-1])
        counts = np.split(drawn, starts[1:-1])
        if several:
            kind = MODES[name.mode]
            fitted.append(combine_runs(runs, kind, reference=reference, multiplicities=counts))
        else:
            fitted.append(runs[0].potential(MODES[name.mode], counts[0]))
        records.append(
            {
                "penalties": [list(p.strengths) for p in runs],
                "shell_weights": [p.first.weights.tolist() for p in runs],
                "second_order_weight": [p.second.weight for p in runs],
                "resampled": bool(member),
            }
        )
    return fitted, records
