"""Labels from the samples of all rungs, where the answer is known, and what the weights are."""

import numpy as np
import pytest

from support.harmonic_mode import harmonic_answer, harmonic_mode
from thermalcg.conditional.labels import label_rung
from thermalcg.conditional.mbar import effective_samples, mbar_weights
from thermalcg.geometry.inputs import InputError
from thermalcg.units import KB

pytestmark = pytest.mark.physics

T = 350.0


def test_mbar_takes_all_rungs_to_each_temperature():
    """Harmonic mode at three temperatures: unbiased, with honest errors, and sharper than one rung alone."""
    rng, rungs = np.random.default_rng(6), np.array([350.0, 385.0, 425.0])
    scores, pooled_error, single_error = [], [], []
    for position in np.linspace(0.4, 2.0, 40):
        ratio = 400 * position / (200 * (1 + position**2))
        drawn = [harmonic_mode(position, t, 2, 500, rng) for t in rungs]
        force = np.stack([f for f, _ in drawn], axis=1)[..., 0, 0]
        energy = np.stack([u for _, u in drawn], axis=1)
        weights = mbar_weights(energy, rungs)
        assert weights.sum(axis=(1, 2, 3)) == pytest.approx(1.0)
        for k, temperature in enumerate(rungs):
            by_time = [np.swapaxes(x, 1, 2).reshape(2, -1) for x in (force, energy, weights[k])]
            label = label_rung(by_time[0][..., None, None], by_time[1], temperature, by_time[2])
            single = label_rung(force[:, k][..., None, None], energy[:, k], temperature)
            scores.append((label.trf.item() + 0.5 * KB * ratio) / label.trf_se.item())
            pooled_error.append(label.trf_se.item())
            single_error.append(single.trf_se.item())
    assert abs(np.mean(scores)) < 4 * 1.18 / np.sqrt(40)
    assert 0.7 < np.std(scores) < 1.7
    assert np.mean(pooled_error) < 0.85 * np.mean(single_error)


RUNGS = np.array([350.0, 385.0, 425.0])


def on_all_rungs(position, n_samples, rng, n_modes):
    """Forces (chain, rung, sample) and energies of two chains."""
    drawn = [harmonic_mode(position, t, 2, n_samples, rng, n_modes) for t in RUNGS]
    return np.stack([f[..., 0, 0] for f, _ in drawn], axis=1), np.stack([u for _, u in drawn], axis=1)


def by_time(values):
    return np.swapaxes(values, 1, 2).reshape(2, -1)


def test_mbar_takes_all_rungs_to_temperatures_between_them():
    """Twenty modes, so that the rungs differ: all labels at temperatures that nothing was sampled at."""
    rng, targets, n_modes = np.random.default_rng(10), np.array([362.0, 405.0]), 20
    z = {name: [] for name in harmonic_answer(1.0, T)}
    second, sharp = [], []
    for position in np.linspace(0.4, 2.0, 40):
        force, energy = on_all_rungs(position, 1000, rng, n_modes)
        weights = mbar_weights(energy, RUNGS, targets)
        assert weights.shape == (2, *energy.shape)
        assert weights.sum(axis=(1, 2, 3)) == pytest.approx(1.0)
        for k, temperature in enumerate(targets):
            label = label_rung(
                by_time(force)[..., None, None], by_time(energy), temperature, by_time(weights[k])
            )
            exact = harmonic_answer(position, temperature, n_modes)
            for name in z:
                z[name].append(
                    (getattr(label, name).item() - exact[name]) / getattr(label, f"{name}_se").item()
                )
            second.append(label.trf2.item() / (2 * exact["trf"] / temperature))
            # without weights the mean energy would be that of the middle rung, more or less
            sharp.append(0.5 * n_modes * KB * 20 / label.mean_energy_se.item())
    for name, scores in z.items():
        assert 0.7 < np.std(scores) < 1.7, name
        if name != "trf2":
            assert abs(np.mean(scores)) < 4 * 1.18 / np.sqrt(80), name
    assert abs(np.mean(second)) < 4 * np.std(second, ddof=1) / np.sqrt(80)
    assert np.median(sharp) > 10


def test_mbar_at_the_rungs_is_the_default_and_joins_smoothly():
    _, energy = on_all_rungs(1.0, 300, np.random.default_rng(11), 20)
    at_rungs = mbar_weights(energy, RUNGS)
    np.testing.assert_allclose(mbar_weights(energy, RUNGS, RUNGS), at_rungs)
    # one target among several has the weights that it has alone, in any order
    np.testing.assert_allclose(mbar_weights(energy, RUNGS, RUNGS[[2, 0]]), at_rungs[[2, 0]], rtol=1e-6)
    near = mbar_weights(energy, RUNGS, RUNGS[1:2] + 0.01)
    np.testing.assert_allclose(near, at_rungs[1:2], rtol=0.02)


def test_weights_depend_on_the_energy_as_boltzmann_says():
    """Between two targets the weights of a sample change by its Boltzmann factor, whatever its rung."""
    _, energy = on_all_rungs(1.0, 300, np.random.default_rng(12), 20)
    low, high = mbar_weights(energy, RUNGS, np.array([360.0, 410.0]))
    shifted = np.log(high / low) + energy / KB * (1 / 410 - 1 / 360)
    assert np.ptp(shifted) < 1e-6
    assert np.ptp(np.log(high / low)) > 1


@pytest.mark.parametrize("outside", [340.0, 426.0])
def test_mbar_does_not_leave_the_range_of_the_rungs(outside):
    _, energy = on_all_rungs(1.0, 10, np.random.default_rng(13), 1)
    with pytest.raises(ValueError, match=rf"temperatures are \[400\.0, {outside}\] K; allowed: 350 to 425 K"):
        mbar_weights(energy, RUNGS, np.array([400.0, outside]))


def test_one_rung_has_equal_weights_at_its_own_temperature_only():
    energy = np.random.default_rng(14).normal(size=(2, 1, 50))
    for temperatures in (None, np.array([350.0])):
        np.testing.assert_allclose(mbar_weights(energy, RUNGS[:1], temperatures), 1 / 100)
    with pytest.raises(ValueError, match="allowed: 350 to 350 K"):
        mbar_weights(energy, RUNGS[:1], np.array([360.0]))


def test_effective_samples():
    weights = np.zeros((3, 2, 2, 25))
    weights[0] = 0.01
    weights[1, 0, 1, :10] = 7.0
    weights[2, 1, 0, 3] = 1.0
    np.testing.assert_allclose(effective_samples(weights), [100, 10, 1])
    _, energy = on_all_rungs(1.0, 200, np.random.default_rng(15), 20)
    middle, ends = (effective_samples(mbar_weights(energy, RUNGS, t)) for t in (RUNGS[1:2], RUNGS[[0, 2]]))
    assert 200 < ends.max() < middle[0] < 1200


@pytest.mark.parametrize("T", [0.0, -350.0, np.nan])
def test_rungs_are_temperatures(T):
    _, energy = on_all_rungs(1.0, 10, np.random.default_rng(13), 1)
    with pytest.raises(InputError, match="allowed: a number > 0"):
        mbar_weights(energy, np.append(RUNGS[:-1], T))


def test_every_rung_has_energies():
    _, energy = on_all_rungs(1.0, 10, np.random.default_rng(13), 1)
    with pytest.raises(InputError, match=r"allowed: \(chain, 2, sample\)"):
        mbar_weights(energy, RUNGS[:-1])
