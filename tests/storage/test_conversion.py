"""Factors between units, against scipy's constants."""

import pytest
from scipy import constants

from thermalcg.storage.conversion import VARIABLE_UNITS, UnknownUnit, conversion_factor

EV = constants.eV * constants.N_A / 1e3
HARTREE = constants.physical_constants["Hartree energy"][0] * constants.N_A / 1e3
BOHR = constants.physical_constants["Bohr radius"][0] * 1e9


@pytest.mark.parametrize(
    ("given", "expected", "factor"),
    [
        ("kcal/mol/angstrom", "kJ/mol/nm", 41.84),
        ("kJ/mol/angstrom", "kJ/mol/nm", 10.0),
        ("eV/angstrom", "kJ/mol/nm", 10 * EV),
        ("Hartree/bohr", "kJ/mol/nm", HARTREE / BOHR),
        ("kcal/mol", "kJ/mol", 4.184),
        ("eV", "kJ/mol", EV),
        ("J/mol", "kJ/mol", 1e-3),
        ("angstrom", "nm", 0.1),
        ("\u00c5", "nm", 0.1),
        ("fs", "ps", 1e-3),
        ("angstrom/fs", "nm/ps", 100.0),
        ("eV/angstrom/K", "kJ/mol/nm/K", 10 * EV),
        ("angstrom^2/ps^2", "nm2/ps2", 0.01),
    ],
)
def test_factors_are_those_of_the_constants(given, expected, factor):
    assert conversion_factor(given, expected) == pytest.approx(factor, rel=1e-12)
    assert conversion_factor(expected, given) == pytest.approx(1 / factor, rel=1e-12)


@pytest.mark.parametrize(
    "written",
    ["kJ/mol/nm", "kJ mol-1 nm-1", "kJ/(mol nm)", "kJ*mol^-1*nm^-1", "kJ mol**-1 nm**-1",
     "kilojoule/(nanometer*mole)", "KJ/mol/nm"],
)  # fmt: skip
def test_one_unit_may_be_written_in_many_ways(written):
    assert conversion_factor(written, "kJ/mol/nm") == 1


@pytest.mark.parametrize("unit", sorted(set(VARIABLE_UNITS.values())))
def test_the_units_of_the_library_are_known_and_left_alone(unit):
    assert conversion_factor(unit, unit) == 1
    # spelled otherwise, they are parsed
    assert conversion_factor(f" {unit} ", unit) == 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("furlong", "unit is 'furlong', of which 'furlong' is not known; allowed: kJ/mol/nm"),
        ("a", "'a' is not known"),
        ("", "'' is not known"),
        ("kJ/mol//nm", "'' is not known"),
        ("kJ/mol", "unit is 'kJ/mol'; allowed: kJ/mol/nm or another unit of that dimension"),
        ("kJ/nm", "allowed: kJ/mol/nm"),
        ("eV/mol/nm", "allowed: kJ/mol/nm"),
        ("1", "allowed: kJ/mol/nm"),
    ],
)
def test_what_is_no_unit_of_a_force_is_refused(given, said):
    with pytest.raises(UnknownUnit) as caught:
        conversion_factor(given, "kJ/mol/nm")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("given", "factor"),
    [("kcal/mol/A", 41.84), ("kcal/(mol A)", 41.84), ("kJ mol-1 A^-1", 10.0), ("eV/A", 10 * EV)],
)
def test_a_capital_a_is_an_angstrom(given, factor):
    assert conversion_factor(given, "kJ/mol/nm") == pytest.approx(factor, rel=1e-12)


@pytest.mark.parametrize("given", ["kJ/mol*nm", "kJ/mol nm", "kJ/mol.nm", "kJ/mol\u00b7nm", "1/nm*kJ/mol"])
def test_a_product_after_a_slash_may_mean_two_things(given):
    with pytest.raises(UnknownUnit, match=r"which may mean two things; write a/\(b\*c\)"):
        conversion_factor(given, "kJ/mol/nm")
