"""Constants against their values in the units of the library."""

import pytest

from thermalcg import units

VALUES = {
    "AVOGADRO": 6.02214076e23,
    "J_PER_KJ": 1000.0,
    "KB": 0.00831446262,
    "PS_PER_FS": 0.001,
    "FS_PER_PS": 1000.0,
    "NS_PER_PS": 0.001,
    "PS_PER_NS": 1000.0,
    "M_PER_NM": 1e-9,
    "NM2_PER_PS": 1000.0,  # 1 nm^2/ps is 1e-6 m^2/s
    "M2_PER_S": 1e6,
    "COULOMB": 138.9354576,
    "BAR": 16.6053907,
    "PER_PS": 33.3564095,
    "G_PER_CM3": 602.214076,
    "SECONDS_PER_DAY": 86400.0,
}


def test_every_constant_has_its_value():
    constants = {name: value for name, value in vars(units).items() if name.isupper()}
    assert constants == pytest.approx(VALUES, rel=1e-8)
