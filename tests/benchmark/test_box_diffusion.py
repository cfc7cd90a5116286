"""Diffusion in two boxes: beads with memory do not feel the box; a liquid is compared with Yeh and Hummer."""

import numpy as np
import pytest
import xarray as xr

from support import compiled_potential, soft_beads
from thermalcg.benchmark.box_diffusion import box_diffusion_table, motion_in_box
from thermalcg.benchmark.engine_plans import LargeBox
from thermalcg.benchmark.large_box import copied_beads
from thermalcg.dynamics.cg_runs import DynamicsSettings
from thermalcg.dynamics.correlation import box_correction
from thermalcg.dynamics.damped_cosines import Embedding
from thermalcg.storage.checkpoints import Checkpoints
from thermalcg.units import KB, NM2_PER_PS

pytestmark = pytest.mark.physics

EDGE, MASS, T = 1.5, 18.0, 300.0
WINDOW, VISCOSITY = (1.0, 2.0), 7e-4
LAG = np.arange(0, 2.05, 0.1)


def moved(diffusion, edge, *, dim, noise=0.01, runs=8, seed=0):
    """Displacements 6 D t of stretches or runs whose diffusion scatters by ``noise``."""
    own = diffusion * (1 + noise * np.random.default_rng(seed).normal(size=runs))
    msd = 6 * own[:, None] * LAG
    data = xr.Dataset(
        {
            "msd": ((dim, "displacement_lag"), msd),
            "vacf": ((dim, "lag"), np.ones((runs, 3))),
            # symmetric about the canonical mean: equal weights
            "total_energy": ((dim,), np.tile([-1.0, 1.0], runs // 2)),
        },
        coords={"displacement_lag": LAG, "lag": [0.0, 0.1, 0.2]},
        attrs={
            "box_nm": edge,
            "temperature_K": T,
            "starts": "canonical",
            "canonical_energy": 0.0,
            "heat_capacity": 4.0,
        },
    )
    return data.expand_dims("case") if dim == "run" else data


def test_the_table_has_the_ratios_and_that_of_the_flow():
    cold, hot = 2.0e-3, 7.0e-3
    all_atom = {
        T: (moved(cold, EDGE, dim="stretch"), moved(1.2 * cold, 2 * EDGE, dim="stretch", seed=1)),
        400.0: (moved(hot, EDGE, dim="stretch", seed=2), moved(1.1 * hot, 2 * EDGE, dim="stretch", seed=3)),
    }
    cg = {
        t: (moved(d, EDGE, dim="run", seed=4), moved(d, 2 * EDGE, dim="run", seed=5))
        for t, d in ((T, cold), (400.0, hot))
    }
    table = box_diffusion_table(all_atom, cg, WINDOW, VISCOSITY).set_index(["source", "temperature_K"])
    # the smaller box lacks xi kB T / (6 pi eta L), the larger one half of that; the share is that of 300 K
    share = box_correction(T, VISCOSITY, EDGE) / cold
    assert table["hydrodynamic_ratio"].to_numpy() == pytest.approx(1 + share / 2, rel=0.01)
    for (source, t), ratio in {("all_atom", T): 1.2, ("all_atom", 400.0): 1.1, ("cg", T): 1.0}.items():
        row = table.loc[(source, t)]
        assert row["ratio"] == pytest.approx(ratio, abs=4 * row["ratio_stderr"])
        # one per cent over the root of eight in each box
        assert row["ratio_stderr"] == pytest.approx(ratio * 0.01 * np.sqrt(2 / 8), rel=0.6)
        distance = (row["ratio"] - 1) / row["ratio_stderr"]
        assert row["from_one_over_stderr"] == pytest.approx(distance)
    assert table.loc[("all_atom", T), "diffusion_1e9_m2_per_s"] == pytest.approx(NM2_PER_PS * cold, rel=0.02)


def test_without_a_temperature_near_298_K_there_is_no_flow_to_compare_with():
    found = moved(1e-3, EDGE, dim="stretch"), moved(1e-3, 2 * EDGE, dim="stretch")
    cg = moved(1e-3, EDGE, dim="run"), moved(1e-3, 2 * EDGE, dim="run")
    table = box_diffusion_table({500.0: found}, {500.0: cg}, WINDOW, VISCOSITY)
    assert table["hydrodynamic_ratio"].isna().all()
    assert table["ratio"].notna().all()


def test_beads_with_memory_diffuse_alike_in_both_boxes(tmp_path):
    """Each has its own friction, so that no flow meets its images; faster than free beads they are not."""
    mapped = xr.Dataset(
        {"position": (("time", "bead", "axis"), soft_beads.start(4))},
        attrs={"box_nm": soft_beads.BOX, "bead_mass_amu": MASS},
    )
    plan, kernel = LargeBox(runs=2), Embedding([9000.0], [20.0], [0.0])
    settings = DynamicsSettings(4.0, 0.4, 10.0, 0.4, (0.5, 1.0), 100.0)
    found = []
    for copies in (1, 2):
        beads = copied_beads(mapped, plan.runs_in(copies), copies)
        assert (beads.n_runs, beads.n_beads) == {1: (16, soft_beads.N), 2: (2, 8 * soft_beads.N)}[copies]
        motions = motion_in_box(
            beads, compiled_potential.potential(), kernel, T, settings, seed=copies,
            checkpoints=Checkpoints(tmp_path / str(copies), {}),
        )  # fmt: skip
        assert motions.attrs["box_nm"] == pytest.approx(copies * soft_beads.BOX)
        msd = motions["msd"].isel(case=0, displacement_lag=[125, 250]).values
        # relative to the centre of mass of the box, which moves as well, by the N-th part
        found.append((msd[:, 1] - msd[:, 0]).mean() / (6 * 0.5) / (1 - 1 / beads.n_beads))
    # 640 beads in twenty windows of 0.5 ps, three axes: below a per cent in each box
    assert found[1] == pytest.approx(found[0], rel=0.04)
    assert 0.3 * KB * T / kernel.friction < found[0] < 1.02 * KB * T / kernel.friction
