"""Speeds from the time that steps take."""

from types import SimpleNamespace

import numpy as np
import pytest

from thermalcg.analysis import speed


class Slow(speed.Stepper):
    """Takes as many seconds of a clock as it is told."""

    def __init__(self, clock, seconds, timestep_fs):
        super().__init__(SimpleNamespace(clock=clock, seconds=seconds), timestep_fs)

    def __call__(self, n):
        self.context.clock.now += n * self.context.seconds


@pytest.fixture
def clock(monkeypatch):
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(speed.time, "perf_counter", lambda: clock.now)
    return clock


def test_steps_are_counted_by_the_clock(clock):
    rates = speed.step_rates({"a": Slow(clock, 0.01, 1.0), "b": Slow(clock, 0.002, 1.0)}, rounds=3)
    assert {name: values.shape for name, values in rates.items()} == {"a": (3,), "b": (3,)}
    np.testing.assert_allclose(rates["a"], 100.0)
    np.testing.assert_allclose(rates["b"], 500.0)


def test_speeds_count_the_length_of_a_step_and_are_compared_with_the_first(clock):
    table = speed.speed_table({"all_atom": Slow(clock, 0.01, 2.0), "spline": Slow(clock, 0.002, 8.0)}, 300.0)
    table = table.set_index("what")
    # 100 steps of 2 fs and 500 of 8 fs a second
    assert table["ns_per_day"].tolist() == pytest.approx([86400 * 200e-6, 86400 * 4000e-6])
    assert table["ratio_to_all_atom"].tolist() == pytest.approx([1.0, 20.0])
    assert table["temperature_K"].tolist() == [300.0, 300.0]
