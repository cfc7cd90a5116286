"""Real engines: what GROMACS and LAMMPS write of SPC/E water is what OpenMM computes."""

import numpy as np
import openmm
import pytest
import xarray as xr

from support import engine_runs as engines
from support.trajectory_files import imported
from thermalcg.atomistic.mapping import mapped_forces, mapped_sites
from thermalcg.atomistic.water import lattice_configuration, ordinary_system
from thermalcg.geometry.periodic import minimum_image
from thermalcg.models.prior import Prior
from thermalcg.models.spline.basis import SplineSettings
from thermalcg.response.projected_splines import ProjectionSettings, project_splines
from thermalcg.runtime import openmm_arrays
from thermalcg.runtime.platforms import REFERENCE_PLATFORM, Compute, make_context
from thermalcg.storage.datasets import variable
from thermalcg.trajectories.force_balance import overall_factor, pair_sums
from thermalcg.trajectories.readers import run_frames
from thermalcg.trajectories.run_file import RunFile

pytestmark = pytest.mark.physics

FRAMES = 160
ENGINES = {
    "gromacs": pytest.param(
        engines.run_gromacs,
        marks=pytest.mark.skipif(not engines.gmx(), reason="GROMACS (gmx) is not installed"),
    ),
    "lammps": pytest.param(
        engines.run_lammps,
        marks=pytest.mark.skipif(not engines.has_lammps(), reason="LAMMPS is not installed"),
    ),
}

#: Mesh, cutoff (0.7 against 0.75 nm, truncated against switched) and single precision, of the rms force.
FORCE_TOLERANCE = 0.03


@pytest.fixture(scope="module", params=ENGINES.values(), ids=ENGINES)
def run(request, tmp_path_factory):
    """A run file and its dataset."""
    folder = tmp_path_factory.mktemp("engine")
    path = request.param(folder, FRAMES)
    return path, imported(path, folder)


def test_mapped_forces_are_those_of_openmm_at_the_same_positions(run):
    path, data = run
    context = None
    for index, place in enumerate(run_frames(RunFile(path), 375)):
        if index % 40:
            continue
        atoms = place.frame.position.reshape(125, 3, 3).astype(float)
        whole = atoms[:, :1] + minimum_image(atoms - atoms[:, :1], place.frame.edges)
        if context is None:
            context = make_context(
                ordinary_system(engines.BOX), openmm.VerletIntegrator(0.001), REFERENCE_PLATFORM
            )
        context.setPositions(whole.reshape(-1, 3))
        expected = mapped_forces(openmm_arrays.forces(context.getState(forces=True)), 125)
        difference = data["force"].values[index] - expected
        assert np.sqrt((difference**2).mean()) < FORCE_TOLERANCE * np.sqrt((expected**2).mean())


def test_the_sites_stay_in_their_molecules_and_move_less_than_a_molecule_between_frames(run):
    _, data = run
    step = np.diff(data["position"].values, axis=0)
    # 0.04 ps at 0.43 nm/ps (the thermal speed of water at 395 K), six times over
    assert np.abs(step).max() < 6 * 0.04 * 0.43


def test_forces_and_distribution_belong_together(run):
    _, data = run
    sums = pair_sums(
        data["position"].values,
        data["force"].values,
        np.full(3, data.attrs["box_nm"]),
        np.zeros(125, np.int64),
    )
    value, error = overall_factor(sums, engines.T)
    # 4.3: the 99.9 % width of Student's t with nine degrees of freedom
    assert abs(value - 1) < 4.3 * error < 0.3


PRIOR = Prior(3.8e-6, 12, 0.2775)

#: A few functions, which so little data can tell.
SPLINE = SplineSettings(
    pair_cutoff_nm=0.6,
    pair_min_nm=0.24,
    pair_functions=8,
    triplet_cutoff_nm=0.4,
    triplet_radial=2,
    triplet_angular=2,
    ridge="auto",
)


def force_field(data):
    """The projected force field of a trajectory, from eight blocks."""
    energy = np.repeat(data["potential_energy"].values[:, None] / 125, 125, axis=1)
    return project_splines(data, energy, PRIOR, ProjectionSettings(SPLINE, 8, ()))


@pytest.fixture(scope="module")
def of_openmm():
    """The same water, run in OpenMM."""
    system = ordinary_system(engines.BOX)
    integrator = openmm.LangevinMiddleIntegrator(engines.T, 2.0, 0.002)
    integrator.setRandomNumberSeed(3)
    context = make_context(system, integrator, Compute("CPU", 1))
    start = lattice_configuration(engines.BOX, np.random.default_rng(1))
    context.setPositions(start.reshape(-1, 3))
    openmm.LocalEnergyMinimizer.minimize(context, maxIterations=200)
    context.setVelocitiesToTemperature(engines.T, 4)
    integrator.step(2000)
    position, force, energy = [], [], []
    for _ in range(FRAMES):
        integrator.step(20)
        state = context.getState(positions=True, forces=True, energy=True)
        atoms = openmm_arrays.positions(state).reshape(125, 3, 3)
        position.append(mapped_sites(engines.BOX.model, "com", atoms))
        force.append(mapped_forces(openmm_arrays.forces(state), 125))
        energy.append(openmm_arrays.potential_energy(state))
    dims = ("time", "bead", "axis")
    return xr.Dataset(
        {
            "position": variable(dims, np.array(position), "nm"),
            "force": variable(dims, np.array(force), "kJ/mol/nm"),
            "potential_energy": variable(("time",), np.array(energy), "kJ/mol"),
            "split": variable(("time",), np.zeros(FRAMES, np.int8), "1"),
        },
        attrs={"temperature_K": engines.T, "box_nm": engines.BOX.edge},
    )


def test_the_force_field_is_that_of_a_run_in_openmm(run, of_openmm):
    """From trajectories of two engines, within the errors of both."""
    one, other = (force_field(data).first for data in (run[1], of_openmm))
    noise = np.hypot(one.error(one.base_without), other.error(other.base_without))
    assert other.size(one.base - other.base) < 2 * noise
    assert noise < 0.3 * other.size(other.base)


def test_energies_of_molecules_add_up_to_that_of_the_box(run):
    _, data = run
    if "bead_energy" not in data:
        pytest.skip("GROMACS has no energies of atoms")
    np.testing.assert_allclose(data["bead_energy"].sum("bead"), data["potential_energy"], rtol=1e-5)
