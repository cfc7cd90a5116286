"""The anchored system against the ordinary one: the same water with its sites held still."""

import numpy as np
import openmm as mm
import pytest
import xarray as xr

from thermalcg.atomistic.mapping import mapped_forces, mapped_sites
from thermalcg.atomistic.water import (
    MAPPINGS,
    anchored_positions,
    anchored_system,
    lattice_configuration,
    load_water_model,
    ordinary_positions,
    ordinary_system,
)
from thermalcg.conditional.labels import label_rung
from thermalcg.conditional.sampler import ConditionalSampler, ConditionalSettings, sample_frames, swap
from thermalcg.runtime.platforms import make_context
from thermalcg.units import KB

pytestmark = pytest.mark.physics

MODELS = ("spce", "tip3p", "tip4p2005")
N, CUTOFF = 27, 0.45


@pytest.fixture(scope="module", params=MODELS)
def relaxed(request):
    """A model and a relaxed configuration: (water, box, positions of O, H, H)."""
    water = load_water_model(request.param)
    box = water.box_length(N, 0.997)
    atoms = lattice_configuration(water, N, box, np.random.default_rng(0))
    context = make_context(ordinary_system(water, N, box, CUTOFF), mm.VerletIntegrator(0.001), "Reference", 1)
    context.setPositions(ordinary_positions(water, atoms).reshape(-1, 3))
    mm.LocalEnergyMinimizer.minimize(context, 50.0, 50)
    position = context.getState(positions=True).getPositions(asNumpy=True)._value
    return water, box, position.reshape(N, -1, 3)[:, :3]


def evaluate(system, position):
    context = make_context(system, mm.VerletIntegrator(0.001), "Reference", 1)
    context.setPositions(position.reshape(-1, 3))
    context.computeVirtualSites()
    state = context.getState(energy=True, forces=True, positions=True)
    forces = state.getForces(asNumpy=True)._value
    sites = state.getPositions(asNumpy=True)._value.reshape(position.shape)
    return state.getPotentialEnergy()._value, mapped_forces(forces, len(position)), sites


@pytest.mark.parametrize("mapping", MAPPINGS)
def test_anchored_and_ordinary_energy_and_mapped_forces_agree(relaxed, mapping):
    water, box, atoms = relaxed
    ordinary = evaluate(ordinary_system(water, N, box, CUTOFF), ordinary_positions(water, atoms))
    start = anchored_positions(water, mapping, atoms)
    anchored = evaluate(anchored_system(water, N, box, CUTOFF, mapping), start)
    assert anchored[0] == pytest.approx(ordinary[0], rel=1e-6)
    scale = np.sqrt((ordinary[1] ** 2).mean())
    assert scale > 20
    np.testing.assert_allclose(anchored[1], ordinary[1], atol=2e-4 * scale)
    # virtual sites come out where the ordinary molecule has its atoms
    np.testing.assert_allclose(anchored[2], start, atol=1e-7)


def test_mapped_force_is_minus_the_gradient_of_a_rigid_shift(relaxed):
    """The sum over real particles is the force on the molecule: no virtual site counted twice."""
    water, box, atoms = relaxed
    system = ordinary_system(water, N, box, CUTOFF)
    forces = evaluate(system, ordinary_positions(water, atoms))[1]
    h = 1e-4
    for molecule, axis in ((0, 0), (5, 1), (20, 2)):
        energy = []
        for sign in (1, -1):
            shifted = atoms.copy()
            shifted[molecule, :, axis] += sign * h
            energy.append(evaluate(system, ordinary_positions(water, shifted))[0])
        assert -(energy[0] - energy[1]) / (2 * h) == pytest.approx(forces[molecule, axis], abs=0.5, rel=2e-3)


@pytest.mark.parametrize("mapping", MAPPINGS)
def test_sites_stay_where_they_were(relaxed, mapping):
    """After 2 ps the mapped sites have not moved, and the molecules keep their shape."""
    water, box, atoms = relaxed
    system = anchored_system(water, N, box, CUTOFF, mapping)
    integrator = mm.LangevinMiddleIntegrator(400, 1.0, 0.004)
    integrator.setRandomNumberSeed(1)
    context = make_context(system, integrator, "CPU", 1)
    context.setPositions(anchored_positions(water, mapping, atoms).reshape(-1, 3))
    integrator.step(500)
    position = context.getState(positions=True).getPositions(asNumpy=True)._value.reshape(N, -1, 3)
    oxygen = position[:, 3] if mapping == "com" else position[:, 0]
    now = np.stack([oxygen, position[:, 1], position[:, 2]], axis=1)
    before, after = mapped_sites(water, mapping, atoms), mapped_sites(water, mapping, now)
    np.testing.assert_allclose(after, before, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(now[:, 1] - now[:, 0], axis=1), water.oh_bond_nm, atol=1e-5)
    assert np.abs(now - atoms).max() > 0.02  # the orientations did move


def test_replica_exchange_leaves_the_canonical_distributions_alone():
    """Energies of 3N/2 harmonic degrees of freedom: each rung keeps its mean and variance."""
    rng = np.random.default_rng(0)
    beta = 1 / (KB * np.array([300.0, 340.0, 385.0]))
    walker = np.arange(3)
    kept = []
    for _ in range(4000):
        energy = np.empty(3)
        energy[walker] = rng.gamma(20.0, 1 / beta)  # every walker drawn at its own rung
        walker = swap(energy, beta, walker, rng)
        kept.append(energy[walker])
    kept = np.array(kept)
    error = np.sqrt(20.0) / beta / np.sqrt(len(kept))
    np.testing.assert_array_less(np.abs(kept.mean(axis=0) - 20 / beta), 4 * error)
    np.testing.assert_allclose(kept.std(axis=0), np.sqrt(20.0) / beta, rtol=0.06)


def test_what_a_killed_run_left_is_not_used_for_another_mapping():
    """The key under which samples are kept names all that they depend on."""
    water = load_water_model("spce")
    settings = ConditionalSettings(4.0, 2.0, 0.0, 1.0, 0.08, 1.0, 2, 700.0, 1.0)
    keys = [
        ConditionalSampler(
            model, 8, 1.3, cutoff, mapping, [400.0], settings, seed=5, platform="Reference", threads=1
        ).key
        for model, cutoff, mapping in (
            (water, 0.6, "com"),
            (water, 0.6, "oxygen"),
            (water, 0.5, "com"),
            (load_water_model("tip3p"), 0.6, "com"),
        )
    ]
    assert all(keys[0] != other for other in keys[1:])


def test_a_kill_in_the_last_chain_costs_no_finished_one(tmp_path, monkeypatch):
    water = load_water_model("spce")
    settings = ConditionalSettings(4.0, 2.0, 0.0, 0.32, 0.08, 0.16, 3, 700.0, 1.0)  # two segments a chain
    atoms = lattice_configuration(water, 8, 0.62, np.random.default_rng(3))
    frames = xr.Dataset(
        {"atom_position": (("frame", "molecule", "atom", "axis"), atoms[None])},
        attrs={"temperature_K": 400.0, "box_nm": 1.3},
    )
    segment, done = ConditionalSampler._segment, []

    def sample(folder, killed_at=None):
        def counted(self, *arguments):
            if len(done) == killed_at:
                raise KeyboardInterrupt
            done.append(arguments[1])
            return segment(self, *arguments)

        monkeypatch.setattr(ConditionalSampler, "_segment", counted)
        sampler = ConditionalSampler(
            water, 8, 1.3, 0.6, "com", [400.0], settings, seed=5, platform="Reference", threads=1
        )
        return sample_frames(sampler, frames, range(1), set(), folder)

    with pytest.raises(KeyboardInterrupt):
        sample(tmp_path / "killed", killed_at=5)
    resumed = sample(tmp_path / "killed")
    assert len(done) == len(set(done)) == 6  # three chains of two segments, none of them twice
    np.testing.assert_array_equal(resumed["force"], sample(tmp_path / "whole")["force"])
    assert [path.name for path in (tmp_path / "killed").iterdir()] == ["frame_0.nc"]


def test_rungs_do_not_exchange_before_they_have_relaxed(tmp_path):
    """Rungs so close that nearly every exchange would be accepted: after the burn-in all are in place."""
    settings = ConditionalSettings(4.0, 2.0, 0.8, 0.8, 0.08, 10.0, 2, 700.0, 1.0)
    sampler = ConditionalSampler(
        load_water_model("spce"), 8, 1.3, 0.6, "com", [400.0, 401.0, 402.0], settings, seed=5,
        platform="Reference", threads=1,
    )  # fmt: skip
    atoms = lattice_configuration(load_water_model("spce"), 8, 0.62, np.random.default_rng(3))
    walker = sampler.sample(atoms, "test", tmp_path)["walker"].values
    assert (walker[:, :, 0] == np.arange(3)).all()
    assert (walker[:, :, 1:] != np.arange(3)[:, None]).any()


def test_covariance_agrees_with_finite_difference_on_a_frame_of_water(tmp_path):
    """Trapezoid rule: F(T2) - F(T1) = (T2 - T1) (F'(T1) + F'(T2))/2 on the same frame, within errors."""
    water = load_water_model("spce")
    n, box, ladder = 8, 1.3, [440.0, 540.0]
    rng = np.random.default_rng(3)
    # a droplet of close molecules, whose response is large
    atoms = lattice_configuration(water, n, 0.62, rng)
    settings = ConditionalSettings(4.0, 2.0, 2.0, 60.0, 0.08, 100.0, 2, 700.0, 1.0)
    sampler = ConditionalSampler(
        water, n, box, 0.6, "com", ladder, settings, seed=5, platform="CPU", threads=1
    )
    samples = sampler.sample(atoms, "test", tmp_path)
    low, high = (
        label_rung(samples["force"].values[:, k], samples["energy"].values[:, k], ladder[k]) for k in range(2)
    )
    difference = (high["mean_force"] - low["mean_force"]).ravel() / (ladder[1] - ladder[0])
    covariance = 0.5 * (low["trf"] + high["trf"]).ravel()
    error = np.sqrt(
        (low["mean_force_se"] ** 2 + high["mean_force_se"] ** 2).ravel() / (ladder[1] - ladder[0]) ** 2
        + 0.25 * (low["trf_se"] ** 2 + high["trf_se"] ** 2).ravel()
    )
    z = (difference - covariance) / error
    assert np.sqrt((z**2).mean()) < 1.6
    # and there is something to compare: a signal beyond the noise, of the same sign and size
    weight = 1 / error**2
    slope = (weight * difference * covariance).sum() / (weight * covariance**2).sum()
    slope_error = 1 / np.sqrt((weight * covariance**2).sum())
    assert slope / slope_error > 4
    assert abs(slope - 1) < max(4 * slope_error, 0.25)
