"""Tables of the diffusion, its activation, and the speed it would feign."""

import numpy as np
import pandas as pd
import pytest

from support.motion_data import LITERATURE, activated, errors
from thermalcg.analysis.diffusion import _slope_at_middle, activation_table, apparent_speed, diffusion_table
from thermalcg.analysis.speed import WITH_MEMORY
from thermalcg.dynamics.correlation import box_correction
from thermalcg.units import KB


@pytest.mark.physics
def test_tables_of_known_diffusion():
    rng = np.random.default_rng(7)
    observed = {T: activated(T, 0.5 * np.exp(-1500 / T), rng) for T in (300.0, 400.0, 600.0)}
    window = (1.0, 5.0)
    table = diffusion_table(observed, window, 7.29e-4).set_index(["temperature_K", "route"])
    for T in observed:
        value = table.loc[(T, "einstein"), "diffusion_1e9_m2_per_s"]
        assert value == pytest.approx(500 * np.exp(-1500 / T), rel=1e-6)
    gain = table["infinite_box_1e9_m2_per_s"] / table["diffusion_1e9_m2_per_s"]
    expected = 1 + 1e3 * box_correction(300, 7.29e-4, 1.24) / (500 * np.exp(-5.0))
    np.testing.assert_allclose(gain, expected)
    activation = activation_table(observed, 400.0, window)
    np.testing.assert_allclose(activation["activation_energy_kJ_per_mol"], 1500 * KB, rtol=1e-3)
    assert activation["source"].tolist()[-1] == "interpolated to T0"
    assert "interpolated to T0" not in activation_table(observed, 300.0, window)["source"].tolist()


@pytest.mark.physics
def test_the_activation_at_t0_takes_its_change_with_temperature_into_account():
    """ln D a parabola in 1/T, and the error by repetition with noise."""

    def logarithm(T):
        return -900 / T - 1.5e5 / T**2

    rng, window, T0 = np.random.default_rng(3), (1.0, 5.0), 400.0
    exact = KB * (900 + 2 * 1.5e5 / T0)
    tables = [
        activation_table(
            {
                T: activated(T, np.exp(logarithm(T) + noise), rng)
                for T, noise in zip((300.0, T0, 600.0), size * rng.normal(size=3), strict=True)
            },
            T0,
            window,
        )
        for size in (0.0, *[0.02] * 300)
    ]
    values = [table["activation_energy_kJ_per_mol"].iloc[-1] for table in tables]
    assert values[0] == pytest.approx(exact, rel=1e-3)
    known = {
        T: (np.exp(logarithm(T)), np.exp(logarithm(T)) * (1 + np.array([1, -1]) * 0.02))
        for T in (300.0, T0, 600.0)
    }
    value, stated = _slope_at_middle(known)
    assert value == pytest.approx(exact, rel=1e-9)
    assert np.std(values[1:], ddof=1) == pytest.approx(stated, rel=0.15)


def test_apparent_speed_multiplies_by_the_diffusion():
    names = ["all_atom", "spline", "spline" + WITH_MEMORY]
    speed = pd.DataFrame({"what": names,
                          "ns_per_day": [700.0, 4000.0, 2000.0], "ratio_to_all_atom": [1, 6, 3]})  # fmt: skip
    table = apparent_speed(speed, errors(), WITH_MEMORY)
    assert set(table["motion"]) == {"none", "memory"}
    np.testing.assert_allclose(table["apparent_ratio"], table["ratio_to_all_atom"] * table["diffusion_ratio"])


def test_literature_is_complete():
    table = pd.read_csv(LITERATURE)
    assert set(table["system"]) == {"experiment", "spce"}
    assert table["source"].notna().all()
    assert (table[["diffusion_m2_per_s", "viscosity_Pa_s"]].notna().sum(axis=1) > 0).all()
    assert table["temperature_K"].between(200, 700).all()
    known = table.dropna(subset=["diffusion_m2_per_s"])
    assert known["diffusion_m2_per_s"].between(1e-11, 1e-7).all()
    assert not known.duplicated(["system", "temperature_K", "molecules", "source"]).any()
    experiment = known[known["system"] == "experiment"]
    assert experiment[["molecules", "size_corrected"]].isna().all().all()
    model = known[known["system"] == "spce"]
    assert model["size_corrected"].isin(["yes", "no"]).all()
    # what is not corrected says in which box it was measured
    assert (model["molecules"].notna() | (model["size_corrected"] == "yes")).all()
    assert (model["molecules"].dropna() % 1 == 0).all()
    for name, count in (("Jamali", 8), ("Shvab", 12), ("Qvist", 7)):
        rows = model[model["source"].str.startswith(name)].sort_values("temperature_K")
        assert len(rows) == count
        if name != "Jamali":
            assert rows["diffusion_m2_per_s"].is_monotonic_increasing
