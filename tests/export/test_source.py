"""What of a model file is exported, and which files and temperatures are refused."""

import json

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from support.exported import BEADS, BOX, MIXTURE, MIXTURE_AMU, mixture_member, save_model, spline_member
from thermalcg.export.source import ExportError, Source
from thermalcg.models.potential import load_ensemble
from thermalcg.storage.files import DatasetError
from thermalcg.units import G_PER_CM3


def test_the_member_that_was_fitted_to_all_data_is_exported(tmp_path):
    members = [spline_member(seed=seed) for seed in (3, 4)]
    source = Source.read(save_model(tmp_path / "m.safetensors", members), [600, 300.5, 300.5])
    assert source.temperatures == (300.5, 600)
    expected = [1, 300.5 - 395] @ members[0].components.coefficients
    np.testing.assert_allclose(source.coefficients(300.5), expected)
    assert (source.box, source.beads) == (BOX, BEADS)


def test_the_density_is_that_of_the_beads(spline_file):
    source = Source.read(spline_file, [300], masses=[20.0])
    assert source.density == pytest.approx(BEADS * 20 / BOX**3 / G_PER_CM3)
    assert f"{source.density:.3f} g/cm3" in " ".join(source.facts())


def test_the_mass_is_that_of_the_file_then_that_of_water(tmp_path, spline_file):
    heavy = save_model(tmp_path / "m.safetensors", [spline_member()], bead_mass_amu=32.04)
    assert Source.read(heavy, [300]).masses == (32.04,)
    assert Source.read(spline_file, [300]).masses == pytest.approx((18.0154,))


@pytest.mark.parametrize("mass", [0.0, -1.0, float("nan")])
def test_a_mass_that_is_none_is_refused(spline_file, mass):
    with pytest.raises(ExportError, match="mass is .* amu; allowed: one number > 0"):
        Source.read(spline_file, [300], [mass])


@pytest.mark.parametrize("temperature", [249.9, 900.0])
def test_a_temperature_outside_the_range_is_refused(spline_file, temperature):
    with pytest.raises(ExportError, match=rf"{temperature:g} K; the model .* between 250 and 700 K"):
        Source.read(spline_file, [300, temperature])


def test_one_species_has_one_mass(spline_file):
    with pytest.raises(ExportError, match="mass is 18, 32 amu; allowed: one number > 0"):
        Source.read(spline_file, [300], [18.0, 32.0])


def test_a_temperature_that_is_none_is_refused(spline_file):
    with pytest.raises(ExportError, match="allowed: a number > 0"):
        Source.read(spline_file, [-300])


def test_a_model_of_another_version_is_refused(spline_file, tmp_path):
    with safe_open(spline_file, "numpy") as handle:
        metadata = json.loads(handle.metadata()["thermalcg"]) | {"format": "thermalcg-ensemble-0"}
        tensors = {name: handle.get_tensor(name) for name in handle.keys()}  # noqa: SIM118
    save_file(tensors, tmp_path / "old.safetensors", {"thermalcg": json.dumps(metadata)})
    with pytest.raises(DatasetError, match="format is 'thermalcg-ensemble-0'; expected"):
        Source.read(tmp_path / "old.safetensors", [300])


def test_a_file_without_its_box_is_refused(tmp_path):
    path = save_model(tmp_path / "m.safetensors", [spline_member()], box_nm=None, beads=None)
    assert load_ensemble(path)
    with pytest.raises(ExportError, match="does not tell box_nm and beads"):
        Source.read(path, [300])


def test_a_network_has_no_tables(network_file):
    source = Source.read(network_file, [300])
    with pytest.raises(ExportError, match="HIP-NN-TS network cannot be written as tables.*allowed: --to ase"):
        source.spline  # noqa: B018


def test_the_reader_is_told_how_far_a_response_is_trusted(tmp_path, spline_file):
    path = save_model(tmp_path / "m.safetensors", [spline_member()], trusted_range_K=[303.8, 513.5])
    assert "Beyond 304 to 514 K it rests on its law in T." in " ".join(Source.read(path, [300]).facts())
    assert "Beyond" not in " ".join(Source.read(spline_file, [300]).facts())


def test_a_mixture_has_species_and_masses_of_each(mixture):
    source = Source.read(mixture, [300])
    assert source.names == ("A", "B")
    np.testing.assert_array_equal(source.codes, MIXTURE.codes)
    assert source.masses == MIXTURE_AMU
    count = np.bincount(MIXTURE.codes)
    assert source.bead_masses.sum() == pytest.approx(count @ MIXTURE_AMU)
    assert f"{count[0]} A of 18 amu, {count[1]} B of 32 amu in a box" in " ".join(source.facts())
    assert source.prior(1, 0) == source.potential.prior.priors[1]


def test_a_mixture_takes_a_mass_of_each_species(mixture):
    assert Source.read(mixture, [300], [20, 30]).masses == (20.0, 30.0)
    for masses in ([20.0], [20.0, -1.0]):
        with pytest.raises(ExportError, match="allowed: a number > 0 for each of the species A, B"):
            Source.read(mixture, [300], masses)


def test_a_mixture_whose_file_tells_no_masses_asks_for_them(tmp_path):
    path = save_model(tmp_path / "m.safetensors", [mixture_member()])
    with pytest.raises(ExportError, match="mass is not in the file; allowed: a number > 0 for each"):
        Source.read(path, [300])
    assert Source.read(path, [300], [18, 32]).masses == (18, 32)


def test_what_needs_beads_that_are_alike_refuses_a_mixture(mixture, source):
    assert source.only_mass("this") == source.masses[0]
    with pytest.raises(ExportError, match="species A, B; allowed for a memory kernel: one species"):
        Source.read(mixture, [300]).only_mass("a memory kernel")


def test_a_box_with_three_edges_becomes_a_cube_of_its_volume(tmp_path):
    path = save_model(tmp_path / "m.safetensors", [spline_member()], box_nm=[BOX, BOX, 8 * BOX])
    source = Source.read(path, [300])
    assert source.box == pytest.approx(2 * BOX)
