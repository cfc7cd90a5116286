"""Runs for the study of costs whose force field and response are known."""

import numpy as np
import xarray as xr

from support.pair_gas import BOX, gas
from thermalcg.benchmark.economics_fits import Fitted
from thermalcg.benchmark.economics_plan import Economics
from thermalcg.models.expansion import Expansion
from thermalcg.models.prior import Prior
from thermalcg.models.spline.basis import SplineSettings
from thermalcg.models.spline.model import force_rows
from thermalcg.storage.datasets import variable
from thermalcg.units import KB

SPLINE = SplineSettings(
    pair_cutoff_nm=0.6,
    pair_min_nm=0.24,
    pair_functions=6,
    triplet_cutoff_nm=0.42,
    triplet_radial=2,
    triplet_angular=1,
    ridge=1e-6,
)
PLAN = Economics(
    lengths_ps=(2.4, 4.8), longest_of_several_ps=2.4, pieces=2, interval_ps=0.02, sparse_ps=0.04,
    chunk_ps=2.4, test_ps=4.0, test_blocks=4, block_ps=0.2, most_blocks=12, cg_runs=2,
    cg_equilibration_ps=0.08, cg_ps=0.4, cg_interval_ps=0.04,
)  # fmt: skip
T0 = 395.0
PRIOR = Prior(2e-6, 12, 0.27)
HOW = Fitted(SPLINE, PRIOR, T0, PLAN)
LAW = Expansion("linear", T0)


def truth(temperature):
    """Coefficients of the force field at a temperature, shape (F,), and their derivative."""
    rows = force_rows(gas(np.random.default_rng(6), 20), BOX, SPLINE)
    law = np.random.default_rng(2).normal(size=(2, SPLINE.functions))
    law *= (np.array([50.0, 0.2]) / np.sqrt(np.mean((rows @ law.T) ** 2, axis=(0, 1, 2))))[:, None]
    return LAW.values(temperature) @ law, LAW.derivatives(temperature) @ law


def run(temperature, seed, frames, test_frames=40, energies=True):
    """A dataset ``economics/runs/{T}.nc`` of a gas with the forces of ``truth`` and noise."""
    rng = np.random.default_rng(seed)
    position = gas(rng, frames + test_frames)
    rows, (base, response) = force_rows(position, BOX, SPLINE), truth(temperature)
    hidden = 16.0 * rng.normal(size=position.shape[:2])
    force = rows @ base + KB * temperature**2 * (rows @ response) * (hidden / 256)[..., None]
    force += 20 * rng.normal(size=force.shape) + PRIOR.energy_force(position, BOX)[1]
    vector = ("bead", "axis")
    variables = {
        "position": variable(("time", *vector), position[:frames], "nm"),
        "force": variable(("time", *vector), force[:frames], "kJ/mol/nm"),
        "potential_energy": variable(("time",), hidden[:frames].sum(axis=1), "kJ/mol"),
        "test_position": variable(("test_time", *vector), position[frames:], "nm"),
        "test_force": variable(("test_time", *vector), force[frames:], "kJ/mol/nm"),
    }
    if energies:
        variables["molecule_energy"] = variable(("time", "bead"), hidden[:frames], "kJ/mol")
    return xr.Dataset(variables, attrs={"temperature_K": temperature, "box_nm": BOX, "bead_mass_amu": 18.0})
