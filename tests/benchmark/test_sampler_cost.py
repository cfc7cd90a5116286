"""The contexts whose steps are timed."""

import numpy as np
import pytest

from thermalcg.atomistic.water import WaterBox
from thermalcg.benchmark.sampler_cost import STEP_KINDS, Liquid, context_of
from thermalcg.geometry.inputs import InputError
from thermalcg.runtime.openmm_arrays import positions, velocities
from thermalcg.runtime.platforms import Compute


@pytest.fixture(scope="module")
def liquid():
    return Liquid.relaxed(WaterBox.of("spce", 27, 0.997, 0.45), 300.0)


@pytest.mark.parametrize(
    ("kind", "particles"),
    list(zip(STEP_KINDS, (3, 4, 3, 4), strict=True)),
    ids=[kind.replace(" ", "_") for kind in STEP_KINDS],
)
def test_a_context_is_at_the_configuration_of_the_liquid(liquid, kind, particles):
    context = context_of(kind, liquid, Compute("CPU"))
    state = context.getState(positions=True, velocities=True)
    position, velocity = positions(state), velocities(state)
    assert len(position) == 27 * particles
    assert velocity.any()
    if kind.startswith("anchored"):
        assert not velocity.reshape(27, particles, 3)[:, 0].any()
        hydrogens = position.reshape(27, particles, 3)[:, 1:3]
    else:
        hydrogens = position[: 27 * 3].reshape(27, 3, 3)[:, 1:]
    np.testing.assert_allclose(hydrogens, liquid.atoms[:, 1:], atol=1e-5)


def test_a_liquid_needs_a_temperature():
    with pytest.raises(InputError, match="temperature is 0 K"):
        Liquid.relaxed(WaterBox.of("spce", 27, 0.997, 0.45), 0)
