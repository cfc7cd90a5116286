"""Which cases are run at a held-out temperature, and what each of them has seen."""

import numpy as np
import pytest

from support.motion_data import TIME, kernel, kernel_data, measured, planned, scaled
from thermalcg.dynamics.cases import KnownKernels, plan_cases
from thermalcg.dynamics.damped_cosines import Embedding
from thermalcg.dynamics.kernel_fit import FitSettings
from thermalcg.dynamics.kernel_transfer import CHANGES
from thermalcg.geometry.inputs import InputError
from thermalcg.models.names import STUDY_RESPONSE


@pytest.mark.parametrize("change", CHANGES)
def test_every_case_and_who_has_seen_what(change):
    found = planned(change=change)
    names = [c.name for c in found]
    assert len(names) == len(set(names)) == 13
    by_name = dict(zip(names, found, strict=True))
    # the contrast: the baseline's forces with every kernel that the response has
    kernels = {
        forces: [k for f, k, motion in names if f == forces and motion == "memory"]
        for forces in (STUDY_RESPONSE, "baseline")
    }
    assert (
        kernels[STUDY_RESPONSE]
        == kernels["baseline"]
        == ["response", "arrhenius", "vft", "reference", "measured"]
    )
    for name, T in (("measured", 300.0), ("reference", 395.0)):
        memory = by_name[STUDY_RESPONSE, name, "memory"].dissipation
        assert memory.friction == pytest.approx(kernel(T).friction)
    friction = by_name[STUDY_RESPONSE, "measured", "friction"].dissipation
    assert friction == pytest.approx(kernel(300.0).friction / 18.0)
    assert by_name[STUDY_RESPONSE, "none", "none"].dissipation is None
    # a temperature never trains its own kernel: another one there changes nothing but the yardstick
    kernels = {T: measured(kernel(T)) for T in (395.0, 500.0, 625.0)}
    kernels[300.0] = measured(scaled(kernel(300.0), 5.0))
    response = {T: measured(kernel(T)) for T in (365.0, 395.0, 425.0)}
    others = KnownKernels(395.0, kernels, response, (300.0, 395.0, 500.0, 625.0), TIME)
    again = plan_cases(300.0, others, 18.0, change, FitSettings(4, 0.2))
    for a, b in zip(found, again, strict=True):
        if a.kernel not in ("measured", "none"):
            own = [getattr(c.dissipation, "friction", c.dissipation) for c in (a, b)]
            assert own[0] == pytest.approx(own[1])


def test_a_law_that_cannot_be_fitted_is_said_and_left_out():
    broken = Embedding([50.0], [2.0], [40.0])  # its running integral turns negative
    known = {300.0: kernel(300.0), 395.0: kernel(395.0), 625.0: broken}
    near = {T: measured(kernel(T)) for T in (365.0, 395.0)}
    known = KnownKernels(395.0, {T: measured(k) for T, k in known.items()}, near, (395.0, 625.0), TIME)
    with pytest.warns(UserWarning, match="^no arrhenius kernel at 300 K"):
        found = plan_cases(300.0, known, 18.0, "fixed_times", FitSettings(4, 0.2))
    assert "arrhenius" not in {c.kernel for c in found}


def test_a_law_that_misses_what_it_comes_from_says_so():
    """Collisions alone at one temperature and slow memory alone at the other are no superposition."""
    shapes = {395.0: Embedding([9000.0], [50.0], [0.0]), 625.0: Embedding([40.0], [1.0], [0.0])}
    known = {300.0: kernel(300.0), **shapes}
    near = {T: measured(kernel(T)) for T in (365.0, 395.0)}
    known = KnownKernels(395.0, {T: measured(k) for T, k in known.items()}, near, (395.0, 625.0), TIME)
    with pytest.warns(UserWarning, match=r"^arrhenius kernel at 300 K: the law misses a known .* by \d+% of"):
        found = plan_cases(300.0, known, 18.0, "superposition", FitSettings(4, 0.2))
    assert "arrhenius" in {c.kernel for c in found}


def test_kernels_are_known_from_their_datasets():
    known = KnownKernels.of(
        [kernel_data(T) for T in (300.0, 395.0)], [kernel_data(T) for T in (365.0, 425.0)], 395.0, [300, 395]
    )
    assert sorted(known.measured) == [300.0, 395.0]
    # the laws of the response start from T0 itself
    assert sorted(known.response) == [365.0, 395.0, 425.0]
    assert known.response[395.0] is known.measured[395.0]
    np.testing.assert_array_equal(known.time, TIME)


def test_a_temperature_that_is_none_is_refused():
    with pytest.raises(InputError, match="temperature is 0"):
        planned(0.0)
