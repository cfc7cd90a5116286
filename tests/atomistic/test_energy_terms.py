"""Terms of every force against OpenMM's own energy, and what is not divided."""

import numpy as np
import openmm as mm
import pytest

from support.own_systems import chains, energy
from thermalcg.atomistic.energy_terms import (
    Bonded,
    CustomNonbonded,
    Geometry,
    Nonbonded,
    Undivided,
    bonded_particles,
    keys_of,
)
from thermalcg.geometry.periodic import minimum_image, wrap

pytestmark = pytest.mark.physics

COUNT, EDGES, CUTOFF = 8, np.array([1.6, 1.7, 1.8]), 0.7


def _bonds():
    force = mm.HarmonicBondForce()
    [
        force.addBond(4 * m + i, 4 * m + i + 1, 0.14 + 0.01 * i, 2e4 + m)
        for m in range(COUNT)
        for i in range(3)
    ]
    return force


def _angles():
    force = mm.HarmonicAngleForce()
    [
        force.addAngle(4 * m + i, 4 * m + i + 1, 4 * m + i + 2, 1.7, 300)
        for m in range(COUNT)
        for i in range(2)
    ]
    return force


def _torsions():
    """With a phase that tells the sign of the angle."""
    force = mm.PeriodicTorsionForce()
    for m in range(COUNT):
        force.addTorsion(4 * m, 4 * m + 1, 4 * m + 2, 4 * m + 3, 1 + m % 3, 0.7, 5.0)
    return force


def _ryckaert_bellemans():
    force = mm.RBTorsionForce()
    for m in range(COUNT):
        force.addTorsion(4 * m, 4 * m + 1, 4 * m + 2, 4 * m + 3, 9.3, 12.2, -13.1, -3.1, 26.2, -31.5)
    return force


def _custom_bonds():
    force = mm.CustomBondForce("scale*d*(1-exp(-a*(r-r0)))^2")
    force.addGlobalParameter("scale", 0.5)
    for name in ("d", "a", "r0"):
        force.addPerBondParameter(name)
    [force.addBond(4 * m, 4 * m + 2, [100.0 + m, 20.0, 0.2]) for m in range(COUNT)]
    return force


def _custom_angles():
    force = mm.CustomAngleForce("k*(cos(theta)-cos(t0))^2")
    force.addPerAngleParameter("k")
    force.addPerAngleParameter("t0")
    [force.addAngle(4 * m, 4 * m + 1, 4 * m + 2, [30.0 + m, 1.9]) for m in range(COUNT)]
    return force


def _custom_torsions():
    """Odd in the angle."""
    force = mm.CustomTorsionForce("k*sin(theta)")
    force.addPerTorsionParameter("k")
    [force.addTorsion(4 * m, 4 * m + 1, 4 * m + 2, 4 * m + 3, [3.0 + m]) for m in range(COUNT)]
    return force


BONDED_FORCES = [
    _bonds,
    _angles,
    _torsions,
    _ryckaert_bellemans,
    _custom_bonds,
    _custom_angles,
    _custom_torsions,
]


def _geometry(position, molecule):
    wrapped = wrap(position, EDGES)
    first, second = np.triu_indices(len(position), 1)
    distance = np.linalg.norm(minimum_image(wrapped[second] - wrapped[first], EDGES), axis=1)
    near = distance < CUTOFF
    return Geometry(position, wrapped, EDGES, molecule, first[near], second[near], distance[near])


def _both(force, term):
    """The energy of a term, and OpenMM's."""
    system, position, molecule = chains(COUNT, EDGES)
    system.addForce(force)
    found = sum(shares.energy.sum() for shares in term(_geometry(position, molecule)))
    return found, energy(system, position)


@pytest.mark.parametrize("make", BONDED_FORCES, ids=lambda make: make.__name__.strip("_"))
def test_bonded_terms_have_the_energy_of_openmm(make):
    found, expected = _both(make(), Bonded(make()))
    assert abs(expected) > 1
    assert found == pytest.approx(expected, rel=1e-8)


def _pairs(method, switched=True, tail=False):
    """Charges, Lennard-Jones, and pairs one or two bonds apart excluded, three scaled."""
    force, rng = mm.NonbondedForce(), np.random.default_rng(3)
    force.setNonbondedMethod(method)
    force.setCutoffDistance(CUTOFF)
    force.setUseSwitchingFunction(switched)
    force.setSwitchingDistance(0.6)
    force.setUseDispersionCorrection(tail)
    force.setEwaldErrorTolerance(1e-6)
    for charge in np.tile([0.4, -0.5, 0.3, -0.2], COUNT):
        force.addParticle(charge, rng.uniform(0.2, 0.3), rng.uniform(0, 1))
    for m in range(COUNT):
        for i in range(4):
            for j in range(i):
                scaled = (0.06, 0.25, 0.3) if i - j == 3 else (0.0, 1.0, 0.0)
                force.addException(4 * m + j, 4 * m + i, *scaled)
    return force


METHODS = {"pme": mm.NonbondedForce.PME, "cutoff": mm.NonbondedForce.CutoffPeriodic}


@pytest.mark.parametrize("switched", [True, False])
@pytest.mark.parametrize("method", METHODS)
def test_pairs_have_the_energy_of_openmm(method, switched):
    force = _pairs(METHODS[method], switched)
    found, expected = _both(force, Nonbonded(force))
    assert abs(expected) > 10
    # the two meshes of Ewald's sum differ, by some thousandths of kB T
    assert found == pytest.approx(expected, **({"abs": 5e-3} if method == "pme" else {"rel": 1e-9}))


def _custom_pairs(switched=True, table=False):
    text = "4*e*((s/r)^12-(s/r)^6); s=sqrt(s1*s2); e=scale*sqrt(e1*e2)"
    force = mm.CustomNonbondedForce(text if not table else "c(kind1, kind2)*d(kind1)/r^6")
    force.addGlobalParameter("scale", 0.5)
    names = ("kind",) if table else ("s", "e")
    for name in names:
        force.addPerParticleParameter(name)
    if table:
        force.addTabulatedFunction("c", mm.Discrete2DFunction(2, 2, [1e-3, 2e-3, 2e-3, 5e-3]))
        force.addTabulatedFunction("d", mm.Discrete1DFunction([1.0, 1.0]))
    rng = np.random.default_rng(4)
    for particle in range(4 * COUNT):
        force.addParticle([particle % 2] if table else [rng.uniform(0.2, 0.3), rng.uniform(0, 1)])
    [force.addExclusion(4 * m, 4 * m + i) for m in range(COUNT) for i in (1, 2)]
    force.setNonbondedMethod(mm.CustomNonbondedForce.CutoffPeriodic)
    force.setCutoffDistance(0.65)
    force.setUseSwitchingFunction(switched)
    force.setSwitchingDistance(0.55)
    return force


@pytest.mark.parametrize("switched", [True, False])
@pytest.mark.parametrize("table", [True, False])
def test_custom_pairs_have_the_energy_of_openmm(switched, table):
    force = _custom_pairs(switched, table)
    found, expected = _both(force, CustomNonbonded(force))
    assert abs(expected) > 0.1
    assert found == pytest.approx(expected, rel=1e-9)


def test_a_pair_has_one_key_whichever_comes_first():
    np.testing.assert_array_equal(keys_of(np.array([1, 2]), np.array([2, 1]), 10), [12, 12])


def test_particles_of_bonded_terms():
    assert bonded_particles(_torsions()).shape == (COUNT, 4)
    np.testing.assert_array_equal(bonded_particles(_custom_bonds())[1], [4, 6])
    assert bonded_particles(_pairs(METHODS["pme"])).size == 0


def _charged():
    force = _pairs(METHODS["pme"])
    force.setParticleParameters(0, 1.4, 0.3, 0.5)
    return Nonbonded(force)


def _offsets():
    force = _pairs(METHODS["pme"])
    force.addGlobalParameter("scale", 1.0)
    force.addParticleParameterOffset("scale", 0, 0.1, 0, 0)
    return Nonbonded(force)


def _groups():
    force = _custom_pairs()
    force.addInteractionGroup({0}, {1})
    return CustomNonbonded(force)


def _unknown_table():
    force = _custom_pairs()
    force.addTabulatedFunction("f", mm.Continuous1DFunction([0.0, 1.0, 2.0], 0, 1))
    return CustomNonbonded(force)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Nonbonded(_pairs(mm.NonbondedForce.LJPME)), "none of PME, Ewald and CutoffPeriodic"),
        (_charged, "a charge of 1 e"),
        (_offsets, "depend on a context"),
        (_groups, "interaction groups"),
        (_unknown_table, "its table is a Continuous1DFunction"),
        (lambda: Bonded(mm.CustomBondForce("delta(r)")), "the function delta is not known"),
    ],
)
def test_what_is_not_divided_says_why(make, text):
    with pytest.raises(Undivided, match=text):
        make()
