"""The OpenMM System of native forces against the library."""

import numpy as np
import openmm as mm
import pytest

from support.exported import BEADS, BOX, save_model, spline_member
from thermalcg.export.check_file import checks
from thermalcg.export.openmm_system import expansion_terms, openmm_system, truncated_cubics
from thermalcg.export.source import ExportError, Source
from thermalcg.geometry.inputs import InputError
from thermalcg.models.expansion import KINDS, Expansion
from thermalcg.models.spline.basis import radial_basis

pytestmark = pytest.mark.physics

#: The CPU platform computes pairs in single precision; energies of contacts are a thousand times larger.
SINGLE = 1e-5


def context_of(source, platform):
    """From the XML, as a user would have it."""
    system = mm.XmlSerializer.deserialize(mm.XmlSerializer.serialize(openmm_system(source)))
    return mm.Context(system, mm.VerletIntegrator(0.001), mm.Platform.getPlatformByName(platform))


@pytest.mark.parametrize("kind", ["constant", "heat_capacity", "a mixture, heat_capacity"])
def test_energies_and_forces_are_the_models_at_every_temperature(kind, tmp_path, request):
    if kind.startswith("a mixture"):
        own, made = (request.getfixturevalue(name) for name in ("mixed", "mixed_made"))
        context, made = context_of(own, "CPU"), made[0]
    else:
        own = Source.read(save_model(tmp_path / "m.safetensors", [spline_member(kind)]), [300])
        context, made = context_of(own, "CPU"), checks(own)[0]
    for temperature in (300.0, 437.5):
        context.setParameter("T", temperature)
        for x in made.positions:
            context.setPositions(x)
            state = context.getState(getEnergy=True, getForces=True)
            force = own.potential.mean_force(x, BOX, temperature)
            off = state.getForces(asNumpy=True)._value - force
            assert np.sqrt((off**2).mean() / (force**2).mean()) < SINGLE
            energy = own.potential.free_energy(x, BOX, temperature)
            assert state.getPotentialEnergy()._value == pytest.approx(energy, rel=SINGLE)


def test_the_functions_are_exact_to_rounding(case):
    """In double precision, for few beads: the platform Reference takes seconds for 64."""
    source, few = case[0], 12
    rng = np.random.default_rng(0)
    x = rng.normal(size=(few, 3)) * 0.16
    while (r := np.linalg.norm(x[:, None] - x + np.eye(few)[..., None], axis=-1)).min() < 0.14:
        x[np.argmin(r.min(axis=1))] = rng.normal(size=3) * 0.16
    names = None if source.potential.species is None else list("ABBABBAAABBA")
    system = openmm_system(source, beads=names or few)
    context = mm.Context(system, mm.VerletIntegrator(0.001), mm.Platform.getPlatformByName("Reference"))
    context.setPositions(x)
    state = context.getState(getEnergy=True, getForces=True)
    potential = source.potential.of_species(names) if names else source.potential
    force = potential.mean_force(x, BOX, 300.0)
    np.testing.assert_allclose(state.getForces(asNumpy=True)._value, force, atol=1e-10 * np.abs(force).max())
    energy = potential.free_energy(x, BOX, 300.0)
    assert state.getPotentialEnergy()._value == pytest.approx(energy, rel=1e-12)


def test_a_system_of_another_size_is_the_same_liquid(source):
    system = openmm_system(source, box=2.0, beads=100)
    assert system.getNumParticles() == 100
    assert system.getDefaultPeriodicBoxVectors()[2][2]._value == 2.0
    assert system.getParticleMass(99)._value == source.masses[0]
    assert openmm_system(source).getNumParticles() == BEADS


def test_a_system_of_a_mixture_needs_the_species_of_its_beads(mixed):
    system = openmm_system(mixed, beads=["B", "A", "B"])
    assert [system.getParticleMass(i)._value for i in range(3)] == [32, 18, 32]
    with pytest.raises(ExportError, match="beads is 3; allowed with the species A, B"):
        openmm_system(mixed, beads=3)
    with pytest.raises(InputError, match=r"species of beads are \['C'\]"):
        openmm_system(mixed, beads=["A", "C"])


def test_a_species_without_beads_is_no_obstacle(mixed):
    system = openmm_system(mixed, beads=["A", "A", "A"])
    context = mm.Context(system, mm.VerletIntegrator(0.001), mm.Platform.getPlatformByName("Reference"))
    x = np.array([[0.1, 0.1, 0.1], [0.38, 0.1, 0.1], [0.1, 0.37, 0.1]])
    context.setPositions(x)
    own = mixed.potential.of_species("AAA").free_energy(x, BOX, 300.0)
    assert context.getState(getEnergy=True).getPotentialEnergy()._value == pytest.approx(own, rel=1e-10)


@pytest.mark.parametrize("kind", KINDS)
def test_functions_of_the_temperature_are_those_of_the_expansion(kind):
    expansion = Expansion(kind, 395.0)
    for temperature in (250.0, 395.0, 511.5):
        terms = [term.replace("^", "**") for term in expansion_terms(expansion)]
        values = [eval(term, {"T": temperature, "log": np.log}) for term in terms]
        np.testing.assert_allclose(values, expansion.values(temperature), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("n", [1, 2, 4, 7])
def test_truncated_cubics_span_the_radial_functions(n):
    low, high = 0.23, 0.42
    width = (high - low) / n
    value, slope = np.empty((2, n))
    for r in np.linspace(low, high, 37):
        radial_basis(r, low, high, n, value, slope)
        cubes = np.maximum(0, (high - np.arange(n) * width - r) / width) ** 3
        np.testing.assert_allclose(truncated_cubics(n) @ cubes, value, atol=1e-10)


def test_a_network_is_refused(network_file):
    with pytest.raises(ExportError, match="cannot be written as tables"):
        openmm_system(Source.read(network_file, [300]))
