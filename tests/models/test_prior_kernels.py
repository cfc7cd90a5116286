"""Loops of the prior of a mixture, one curve for each pair of species, and its file."""

import numpy as np
import pytest

from support.random_potential import BOX, liquid
from thermalcg.geometry.inputs import InputError, OverlapError
from thermalcg.models.prior import NO_PRIOR, PairPriors, Prior, fit_pair_priors
from thermalcg.models.species import Species
from thermalcg.storage.files import DatasetError
from thermalcg.units import KB

pytestmark = pytest.mark.physics

CODES = np.random.default_rng(0).integers(0, 2, 60)
SPECIES = Species(("A", "B"), CODES)
PRIORS = PairPriors(SPECIES, (Prior(1e-5, 12, 0.33), Prior(4e-6, 10, 0.30), Prior(2e-7, 14, 0.27)))


def test_force_is_minus_the_gradient_of_the_energy():
    x, h = liquid(), 1e-5
    force = PRIORS.energy_force(x, BOX)[1]
    for bead, axis in ((0, 0), (7, 1), (31, 2)):
        ends = []
        for sign in (1, -1):
            moved = x.copy()
            moved[0, bead, axis] += sign * h
            ends.append(PRIORS.energy_force(moved, BOX)[0][0])
        assert force[0, bead, axis] == pytest.approx((ends[1] - ends[0]) / (2 * h), abs=1e-4)


def test_each_pair_has_its_own_curve():
    r = 0.25
    for code, (one, other) in enumerate(SPECIES.pairs):
        pair = PRIORS.of_species(Species(SPECIES.names, np.array([one, other])))
        energy, _ = pair.energy_force([[0.0, 0.0, 0.0], [r, 0.0, 0.0]], 2.0)
        assert energy == pytest.approx(PRIORS.priors[code].energy(r)[0])


def test_equal_priors_are_the_one_of_one_species():
    one, x = PRIORS.priors[0], liquid(2)
    alike = PairPriors(SPECIES, (one,) * 3)
    for found, expected in zip(alike.energy_force(x, BOX), one.energy_force(x, BOX), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-12)
    np.testing.assert_allclose(alike.virial(x, BOX), one.virial(x, BOX), rtol=1e-12)
    assert alike.onset_nm == one.onset_nm


def test_many_beads_go_through_the_neighbour_list():
    """Copies of a box beside each other feel the forces of one."""
    x = liquid(3)[0]
    copies = np.concatenate([x + [0, 0, k * BOX] for k in range(4)])
    many = PRIORS.of_species(Species(SPECIES.names, np.tile(CODES, 4)))
    energy, force = many.energy_force(copies, [BOX, BOX, 4 * BOX])
    expected = PRIORS.energy_force(x, BOX)
    assert energy == pytest.approx(4 * expected[0])
    np.testing.assert_allclose(force, np.tile(expected[1], (4, 1)), atol=1e-9)


def test_a_prior_is_read_as_it_was_written(tmp_path):
    PRIORS.write(tmp_path / "prior.json", 395.0)
    found = Prior.read(tmp_path / "prior.json")
    assert found.priors == PRIORS.priors
    assert found.species.same(SPECIES)
    (tmp_path / "prior.json").write_text('{"pairs": {}, "species": null}')
    with pytest.raises(DatasetError, match=r"prior\.json"):
        Prior.read(tmp_path / "prior.json")


def test_every_pair_is_fitted_to_its_own_distribution():
    """Of gases of pairs at low density, g = exp(-phi / kB T), with a peak behind the flank as in a liquid."""
    r, T = np.arange(0.2, 0.5, 0.005) + 0.0025, 400.0
    truth = [Prior(a, 12, onset) for a, onset in ((3e-6, 0.36), (1e-6, 0.33), (4e-7, 0.30))]
    peak = [1.8 * np.exp(-p.energy(r) / (KB * T)) / (1 + 4 * np.maximum(r - p.onset_nm, 0)) for p in truth]
    found = fit_pair_priors(r, np.array(peak), T, 0.02, 12, SPECIES)
    for prior, expected in zip(found.priors, truth, strict=True):
        assert prior.onset_nm == pytest.approx(expected.onset_nm, abs=0.005)  # a bin
        assert 0.5 < prior.amplitude / expected.amplitude < 2  # the onset is off by half a bin
    with pytest.raises(ValueError, match="pair A-B: prior: g"):
        fit_pair_priors(r, np.array([peak[0], 0 * r, peak[2]]), T, 0.02, 12, SPECIES)


def test_a_single_bead_needs_no_prior_with_itself():
    r, g = np.arange(0.2, 0.5, 0.005), np.minimum((np.arange(0.2, 0.5, 0.005) / 0.3) ** 12, 1.5)
    solute = Species(("water", "ion"), np.array([0, 0, 1, 0]))
    found = fit_pair_priors(r, np.array([g, g, 0 * g]), 300.0, 0.02, 12, solute)
    assert found.priors[2] == NO_PRIOR


def test_what_it_cannot_take_is_refused():
    with pytest.raises(InputError, match="positions are of 3 beads"):
        PRIORS.energy_force(np.zeros((3, 3)), BOX)
    with pytest.raises(OverlapError):
        PRIORS.energy_force(np.zeros((60, 3)), BOX)
    with pytest.raises(InputError, match="twice the cutoff"):
        PRIORS.force_field(0.5)
    with pytest.raises(ValueError, match="2 priors for the pairs"):
        PairPriors(SPECIES, PRIORS.priors[:2])
