"""The check file: what the library gives for the very numbers that are written."""

import json

import numpy as np
import pytest

from thermalcg.export.check_file import write_checks


def test_the_check_file_holds_what_the_library_gives(source, made, tmp_path):
    write_checks(tmp_path / "check.json", made, source)
    held = json.loads((tmp_path / "check.json").read_text())
    configurations = held["configurations"]
    assert [c["temperature"] for c in configurations] == [300] * 3 + [600] * 3
    for c in configurations:
        x, T = np.array(c["positions"]), c["temperature"]
        np.testing.assert_allclose(c["force"], source.potential.mean_force(x, held["box_nm"], T), atol=6e-5)
        np.testing.assert_allclose(c["energy"], source.potential.free_energy(x, held["box_nm"], T), atol=6e-7)
        np.testing.assert_allclose(c["pressure"], source.potential.pressure(x, held["box_nm"], T), atol=6e-5)


def test_one_configuration_of_each_temperature_has_contacts_below_the_data(made):
    for check in made:
        assert [kind == "liquid" for kind in check.kinds] == [True, True, False]
        assert "below 0.23 nm" in check.kinds[2]
        liquid, close = (np.sqrt((check.force[i] ** 2).mean()) for i in (0, 2))
        assert close > 10 * liquid


def test_lines_are_short_enough_for_a_diff(source, made, tmp_path):
    write_checks(tmp_path / "check.json", made, source)
    assert len((tmp_path / "check.json").read_text().splitlines()) == 7


def test_a_mixture_names_its_beads(mixed, mixed_made, tmp_path):
    write_checks(tmp_path / "check.json", mixed_made, mixed)
    held = json.loads((tmp_path / "check.json").read_text())
    potential = mixed.potential.of_species(held["species"])
    for c in held["configurations"]:
        energy = potential.free_energy(np.array(c["positions"]), held["box_nm"], c["temperature"])
        assert c["energy"] == pytest.approx(energy, abs=6e-7)
    masses = dict(zip(held["species"], held["bead_mass_amu"], strict=True))
    assert masses == {"A": 18.0, "B": 32.0}
