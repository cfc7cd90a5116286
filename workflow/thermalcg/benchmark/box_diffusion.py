"""Diffusion in a larger box, all-atom and CG: does the finite size act on both alike?

A periodic box lowers the diffusion of a liquid, because the flow around a particle meets its own images (Yeh
and Hummer, J. Phys. Chem. B 108, 15873 (2004)).  Friction and memory that act on each bead alone do not
conserve momentum: there is no such flow, and the diffusion should not depend on the box.  The kernel of the
study's box then carries this box's effect into every other one.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from thermalcg.analysis.diffusion import box_share
from thermalcg.analysis.motion import diffusion_of
from thermalcg.cg.replicas import Beads
from thermalcg.dynamics.case_runs import run_cases
from thermalcg.dynamics.cases import Case
from thermalcg.dynamics.cg_runs import DynamicsSettings
from thermalcg.dynamics.correlation import einstein_diffusion
from thermalcg.dynamics.damped_cosines import Embedding
from thermalcg.geometry.inputs import checked_cube
from thermalcg.models.names import STUDY_RESPONSE
from thermalcg.models.potential import ThermalPotential
from thermalcg.statistics import jackknife_error, standard_error
from thermalcg.storage.checkpoints import Checkpoints
from thermalcg.units import NM2_PER_PS


def motion_in_box(
    beads: Beads,
    potential: ThermalPotential,
    kernel: Embedding,
    temperature: float,
    settings: DynamicsSettings,
    *,
    seed: int,
    checkpoints: Checkpoints,
) -> xr.Dataset:
    """CG runs with memory, in a cubic box that is kept in ``box_nm``.

    Args:
        beads: at the start of each run.
        kernel: measured in the study's box at this temperature.
        temperature: K.

    Returns:
        The dataset ``engine/large_box/motion/{copies}/{T}.nc``, of one case.
    """
    case = Case(STUDY_RESPONSE, "measured", "memory", kernel, kernel.friction / beads.mass)
    motions = run_cases(
        [case],
        {STUDY_RESPONSE: potential},
        beads,
        temperature,
        settings,
        seed=seed,
        architecture="spline",
        checkpoints=checkpoints,
    )
    return motions.assign_attrs(box_nm=checked_cube(beads.box))


def box_diffusion_table(
    all_atom: Mapping[float, tuple[xr.Dataset, xr.Dataset]],
    cg: Mapping[float, tuple[xr.Dataset, xr.Dataset]],
    window: tuple[float, float],
    viscosity: float,
) -> pd.DataFrame:
    """The table ``box_diffusion.csv``: diffusion in the study's box and in the larger one.

    Args:
        all_atom: correlation functions (``observed_motion``) in both boxes, by temperature, K.
        cg: datasets of ``motion_in_box`` in both boxes, by temperature, K.
        window: first and last time of the straight line through the displacement, ps.
        viscosity: of the liquid near 298 K, Pa s; gives the ratio of an infinite box (``box_share``).
    """
    share = box_share({T: small for T, (small, _) in all_atom.items()}, window, viscosity)
    rows = []
    for T in sorted(all_atom):
        boxes = [float(data.attrs["box_nm"]) for data in all_atom[T]]
        flow = 1 + share * (1 - boxes[0] / boxes[1])
        for source, found in (
            ("all_atom", [_all_atom(data, window) for data in all_atom[T]]),
            ("cg", [_cg(data, window) for data in cg[T]]),
        ):
            (small, small_error), (large, large_error) = found
            ratio = large / small
            error = ratio * float(np.hypot(small_error / small, large_error / large))
            rows.append(
                {
                    "temperature_K": T,
                    "source": source,
                    "box_nm": boxes[0],
                    "diffusion_1e9_m2_per_s": NM2_PER_PS * small,
                    "stderr": NM2_PER_PS * small_error,
                    "large_box_nm": boxes[1],
                    "large_diffusion_1e9_m2_per_s": NM2_PER_PS * large,
                    "large_stderr": NM2_PER_PS * large_error,
                    "ratio": ratio,
                    "ratio_stderr": error,
                    "hydrodynamic_ratio": flow,
                    "from_hydrodynamic_over_stderr": (ratio - flow) / error,
                    "from_one_over_stderr": (ratio - 1) / error,
                }
            )
    return pd.DataFrame(rows)


def _all_atom(observed: xr.Dataset, window: tuple[float, float]) -> tuple[float, float]:
    """Diffusion and its standard error, nm^2/ps."""
    value, without = diffusion_of(observed, window)["einstein"]
    return value, float(jackknife_error(without))


def _cg(motions: xr.Dataset, window: tuple[float, float]) -> tuple[float, float]:
    """Diffusion and its standard error, nm^2/ps; NaN where the runs failed."""
    runs = einstein_diffusion(
        motions["msd"].isel(case=0).values, float(motions["displacement_lag"][1]), window
    )
    return float(runs.mean()), float(standard_error(runs))
