"""The factors of a Langevin step."""

import numpy as np
import pytest

from thermalcg.cg.baths import friction_bath
from thermalcg.geometry.inputs import InputError
from thermalcg.units import KB

pytestmark = pytest.mark.unit


def test_friction_keeps_the_canonical_velocity():
    """What a step takes from the mean square of the velocity, the noise gives back."""
    bath = friction_bath(5.0, 18.0, 300.0, 0.008)
    assert bath.keep == pytest.approx(np.exp(-0.04))
    thermal = KB * 300.0 / 18.0
    assert bath.keep**2 * thermal + bath.kick**2 == pytest.approx(thermal)
    assert bath.n_auxiliary == 0


def test_without_friction_nothing_happens():
    bath = friction_bath(0.0, 18.0, 300.0, 0.008)
    assert (bath.keep, bath.kick) == (1.0, 0.0)


@pytest.mark.parametrize(("friction", "temperature"), [(-1.0, 300.0), (np.inf, 300.0), (5.0, 0.0)])
def test_what_cannot_be_is_refused(friction, temperature):
    with pytest.raises(InputError, match="friction is|temperature is"):
        friction_bath(friction, 18.0, temperature, 0.008)
