"""A second order is resolved where it is larger than its noise."""

import numpy as np
import pytest

from thermalcg.analysis.second_order import second_order_table


class Field:
    """A model of three components with known second-order force and bootstrap noise."""

    def __init__(self, second, noise, rng):
        from thermalcg.models.expansion import Expansion

        self.expansion = Expansion("quadratic", 400.0)
        self.second = second + noise * rng.normal(size=second.shape)

    def combination(self, position, box, weights):
        return None, weights[1] * np.ones_like(self.second) + weights[2] * self.second


@pytest.mark.parametrize(("size", "resolved"), [(5.0, 1), (0.5, 0)])
def test_a_second_order_counts_as_resolved_above_its_noise(size, resolved):
    rng = np.random.default_rng(3)
    truth = size * rng.normal(size=(4, 30, 3))
    fitted = truth + rng.normal(size=truth.shape)
    members = [Field(fitted, 0.0, rng), *(Field(fitted, 1.0, rng) for _ in range(20))]
    better = [Field(truth, 0.0, rng), *(Field(truth, 0.01, rng) for _ in range(20))]
    ensembles = {("spline", "trf2"): members, ("spline", "multi_temperature"): better}
    table = second_order_table(ensembles, np.zeros_like(truth), 1.0, 400.0).set_index("mode")
    row = table.loc["trf2"]
    assert row["noise_kJ_per_mol_nm_K2"] == pytest.approx(1.0, rel=0.1)
    assert row["resolved"] == resolved
    if resolved:
        assert row["size_kJ_per_mol_nm_K2"] == pytest.approx(size, rel=0.15)
    # nine times the squared noise over the squared size
    assert row["data_factor"] == pytest.approx(9 / size**2, rel=0.3)
    assert table.loc["multi_temperature"]["resolved"] == 1


def test_models_without_a_second_order_make_an_empty_table():
    class First:
        class expansion:
            size = 2

    table = second_order_table({("spline", "trf1"): [First()]}, np.zeros((1, 4, 3)), 1.0, 400.0)
    assert table.empty
    assert table.columns.tolist() == ["architecture", "mode"]
