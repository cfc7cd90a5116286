"""Correlation functions of the stretches of one temperature."""

import numpy as np
import pytest

from support.short_stretches import short_stretches
from thermalcg.analysis.motion import observed_motion
from thermalcg.units import KB

pytestmark = pytest.mark.physics


def test_observe_keeps_every_stretch(tmp_path):
    data, _ = short_stretches(tmp_path)
    found = observed_motion(data, np.array([-900.0, -905.0, -895.0]), 0.2, 0.4, 22.5)
    assert found["vacf"].shape == (2, 51)
    assert found["msd"].shape == (2, 101)
    assert found["msd"].values[:, 0] == pytest.approx(0, abs=1e-9)
    assert found["scattering"].values.max() <= 1
    kinetic = found["vacf"].values[:, 0] * data.attrs["bead_mass_amu"] / KB
    np.testing.assert_allclose(kinetic, 300, rtol=0.5)
