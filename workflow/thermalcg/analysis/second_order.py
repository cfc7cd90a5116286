"""Is the second-order response resolved?  Its size against its statistical error."""

from __future__ import annotations

import numpy as np
import pandas as pd

from thermalcg.models.potential import ThermalPotential

#: Multiple of its standard error from which a size counts as resolved.
RESOLVED = 3.0


def second_order_table(
    ensembles: dict[tuple[str, str], list[ThermalPotential]],
    position: np.ndarray,
    box: float,
    reference: float,
) -> pd.DataFrame:
    """The table ``second_order.csv``: root mean square of F'' at T0 over test sites.

    Member 0 of an ensemble is the fit to all data, the others its bootstrap.  The mean square of a noisy
    field holds the variance of the noise, which is taken off.  ``data_factor`` is how many times the data
    would make the size of F'' that the multi-temperature model finds three standard errors of the field.

    Returns:
        Columns architecture, mode, first_order, size, noise (root mean squares; F' in kJ/mol/nm/K, F'' in
        kJ/mol/nm/K2), stderr (of size), resolved (0 or 1), data_factor.
    """
    rows = []
    for (architecture, mode), members in ensembles.items():
        first, second = (
            np.stack([m.combination(position, box, weights)[1] for m in members])
            for weights in (
                members[0].expansion.derivatives(reference),
                members[0].expansion.second_derivatives(reference),
            )
        )
        noise = second[1:].var(axis=0, ddof=1).mean()
        square = (second[0] ** 2).mean()
        # of a mean square with a noise field of so few independent directions as members tell
        own = (second[1:] ** 2).mean(axis=(1, 2, 3))
        error = own.std(ddof=1)
        size = np.sqrt(max(square - noise, 0.0))
        rows.append(
            {
                "architecture": architecture,
                "mode": mode,
                "first_order_kJ_per_mol_nm_K": float(np.sqrt((first[0] ** 2).mean())),
                "size_kJ_per_mol_nm_K2": size,
                "stderr": error / (2 * size) if size else np.nan,
                "noise_kJ_per_mol_nm_K2": np.sqrt(noise),
                "resolved": int(size > RESOLVED * np.sqrt(noise)),
            }
        )
    table = pd.DataFrame(rows)
    known = table.loc[table["mode"] == "multi_temperature", "size_kJ_per_mol_nm_K2"]
    expected = known.iloc[0] if len(known) and known.iloc[0] > 0 else np.nan
    table["data_factor"] = (RESOLVED * table["noise_kJ_per_mol_nm_K2"] / expected) ** 2
    return table
