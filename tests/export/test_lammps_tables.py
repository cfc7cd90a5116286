"""Potential files of LAMMPS, read back as text."""

import numpy as np
import pytest

from thermalcg.export.lammps_folder import tensors_of
from thermalcg.export.lammps_tables import LONGEST_LINE, ROWS, elements, pair_table, pair_term, uf3_file
from thermalcg.export.lammps_units import LAMMPS_UNITS
from thermalcg.export.triplet_tensor import Resolution, project_triplets
from thermalcg.models.spline.model import Spline

every = pytest.mark.parametrize("units", LAMMPS_UNITS.values(), ids=lambda units: units.style)


def test_the_pair_term_is_that_of_the_force_field(source):
    settings, flat = source.spline.settings, source.coefficients(300)
    for r in (0.15, 0.2301, 0.31, 0.5, 0.599):
        x = np.array([[[0.1, 0.1, 0.1], [0.1 + r, 0.1, 0.1]]])
        energy, force = Spline(flat, settings).force_field(np.ones(1), 2.0)(x)
        value, slope = pair_term(np.array([r]), flat[: settings.pair_functions], settings)
        assert value[0] == pytest.approx(energy[0])
        assert slope[0] == pytest.approx(force[0, 0, 0])


@every
def test_the_table_holds_pairs_and_prior(source, units):
    lines = pair_table(source, source.coefficients(300), 1.0, units, "title").splitlines()
    head = lines[3].split()
    assert head[:3] == ["N", str(ROWS), "RSQ"]
    assert float(head[4]) == pytest.approx(0.6 * units.length)
    number, r, energy, force = np.array([line.split() for line in lines[5:]], float).T
    np.testing.assert_array_equal(number, np.arange(1, ROWS + 1))
    # evenly spaced in r^2, as LAMMPS interpolates
    np.testing.assert_allclose(np.diff(r**2), (r[-1] ** 2 - r[0] ** 2) / (ROWS - 1), rtol=1e-5)
    own = r / units.length
    pair = source.terms(source.coefficients(300)).pairs[0, 0]
    exact = pair_term(own, pair, source.spline.settings)[0]
    exact += source.potential.prior.energy(own)
    np.testing.assert_allclose(energy, exact * units.energy, rtol=1e-6, atol=1e-9)
    slope = np.gradient(energy, r)[1:-1]
    inside = own[1:-1] > 0.2
    np.testing.assert_allclose(
        -slope[inside], force[1:-1][inside], rtol=1e-2, atol=np.abs(force[-2000:]).max() / 100
    )


@every
def test_the_triplet_file_holds_the_tensor(source, units):
    tensors = tensors_of(source, source.coefficients(300))
    tensor = tensors[0, 0, 0]
    lines = uf3_file(tensors, ["CG"], units, "title").splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("3B"))
    far_cut, arm_cut, other, n_far, n_arm, _ = map(float, lines[start + 1].split())
    assert far_cut == 2 * arm_cut == 2 * other  # to the bit, as LAMMPS compares
    far, arm, _ = (np.array(line.split(), float) for line in lines[start + 2 : start + 5])
    assert (len(far), len(arm)) == (n_far, n_arm)
    assert far_cut < far[-1]  # LAMMPS finds no interval at the last knot
    assert arm_cut < arm[-1]
    np.testing.assert_allclose(arm, tensor.arm_knots * units.length)
    shape = tuple(map(int, lines[start + 5].split()))
    values = np.array([line.split() for line in lines[start + 6 : -1]], float).reshape(shape)
    np.testing.assert_allclose(values, tensor.coefficients * units.energy, rtol=1e-8)


@every
def test_no_line_is_longer_than_lammps_reads(source, units):
    for temperature in source.temperatures:
        tensors = tensors_of(source, source.coefficients(temperature))
        assert max(map(len, uf3_file(tensors, ["CG"], units, "title").splitlines())) < LONGEST_LINE


def test_a_line_that_would_be_too_long_is_refused(source):
    triplet = source.terms(source.coefficients(300)).triplets[0, 0, 0]
    tensor = project_triplets(triplet, source.spline.settings, Resolution(8, 6, 200))
    with pytest.raises(ValueError, match="LAMMPS reads at most 1000"):
        uf3_file({(0, 0, 0): tensor}, ["CG"], LAMMPS_UNITS["real"], "title")


def test_a_mixture_has_a_block_for_each_pair_and_each_centre(mixed):
    units, flat = LAMMPS_UNITS["real"], mixed.coefficients(300)
    table = pair_table(mixed, flat, 1.0, units, "title").splitlines()
    assert [line for line in table if line.startswith("PAIR")] == ["PAIR_1_1", "PAIR_1_2", "PAIR_2_2"]
    text = uf3_file(tensors_of(mixed, flat), mixed.names, units, "title").splitlines()
    blocks = [line.split()[:-3] for line in text if line[:2] in ("2B", "3B")]
    assert blocks[:3] == [["2B", "A", "A"], ["2B", "A", "B"], ["2B", "B", "B"]]
    assert [b[1:] for b in blocks[3:]] == [[c, *two] for c in "AB" for two in ("AA", "AB", "BB")]
    assert all(block[0] == "3B" for block in blocks[3:])


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("A", "Na+"), ["A", "Na+"]),
        (("A", "slow water"), ["CG1", "CG2"]),
        (("NULL", "A"), ["CG1", "CG2"]),
        (("1", "2"), ["CG1", "CG2"]),
    ],
)
def test_elements_are_words_that_lammps_can_read(names, expected):
    assert elements(names) == expected
