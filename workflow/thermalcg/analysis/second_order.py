"""Size of the second-order response against its statistical error."""

from __future__ import annotations

import numpy as np
import pandas as pd

from thermalcg.geometry.inputs import checked_box, checked_positions, checked_temperature
from thermalcg.models.names import ModelKey
from thermalcg.models.potential import ThermalPotential
from thermalcg.statistics import rms, root_with_error

#: Multiple of its standard error from which a size counts as resolved.
RESOLVED = 3.0


def second_order_table(
    ensembles: dict[ModelKey, list[ThermalPotential]],
    position: np.ndarray,
    box: float,
    reference: float,
) -> pd.DataFrame:
    """The table ``second_order.csv``: root mean square of F'' at T0 over test sites.

    Member 0 of an ensemble is the fit to all data, the others its bootstrap.  The mean square of a noisy
    field holds the variance of the noise, which is taken off.  ``data_factor`` is the multiple of the data
    with which the F'' of the multi-temperature model would be three standard errors large.  The table is
    empty where no model has a second order.

    Args:
        ensembles: potentials by architecture and training mode.
        position: test sites, nm, shape (frame, N, 3).
        box: edge, nm.
        reference: T0, K.

    Returns:
        Columns architecture, mode, first_order, size, noise (root mean squares; F' in kJ/mol/nm/K, F'' in
        kJ/mol/nm/K2), stderr (of size), resolved (0 or 1), data_factor.
    """
    position, reference = checked_positions(position).values, checked_temperature(reference)
    checked_box(box)
    second_order = {key: members for key, members in ensembles.items() if members[0].expansion.size > 2}
    if not second_order:
        return pd.DataFrame(columns=["architecture", "mode"])
    rows = []
    for (architecture, mode), members in second_order.items():
        first, second = (
            np.stack([m.combination(position, box, weights)[1] for m in members])
            for weights in (
                members[0].expansion.derivatives(reference),
                members[0].expansion.second_derivatives(reference),
            )
        )
        noise = second[1:].var(axis=0, ddof=1).mean()
        square = (second[0] ** 2).mean()
        # the mean square of a noise field has few independent directions: its scatter over members tells
        own = (second[1:] ** 2).mean(axis=(1, 2, 3))
        error = own.std(ddof=1)
        size, stderr = root_with_error(square - noise, error)
        rows.append(
            {
                "architecture": architecture,
                "mode": mode,
                "first_order_kJ_per_mol_nm_K": rms(first[0]),
                "size_kJ_per_mol_nm_K2": size,
                "stderr": stderr,
                "noise_kJ_per_mol_nm_K2": np.sqrt(noise),
                "resolved": int(size > RESOLVED * np.sqrt(noise)),
            }
        )
    table = pd.DataFrame(rows)
    known = table.loc[table["mode"] == "multi_temperature", "size_kJ_per_mol_nm_K2"]
    expected = known.iloc[0] if len(known) and known.iloc[0] > 0 else np.nan
    table["data_factor"] = (RESOLVED * table["noise_kJ_per_mol_nm_K2"] / expected) ** 2
    return table
