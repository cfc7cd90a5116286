"""Training of networks: which configurations, what they share, and how large a response starts."""

import contextlib
from dataclasses import replace

import numpy as np
import pytest

from support.training_data import BOX, mode, sources, training_set
from thermalcg.config.files import load_config
from thermalcg.models.hipnn_ts import trainer as training
from thermalcg.models.hipnn_ts.model import HipnnTS
from thermalcg.models.hipnn_ts.network import HipnnSettings
from thermalcg.runtime.settings import from_section
from thermalcg.storage.checkpoints import Checkpoints


@pytest.mark.parametrize(("n", "most"), [(10, 4), (10, 10), (3, 1600), (4000, 1600), (7, 1)])
def test_configurations_of_a_network_are_evenly_spaced(n, most):
    chosen = training._evenly(n, most)
    assert len(chosen) == min(n, most)
    assert chosen == sorted(set(chosen))
    assert chosen[0] == 0
    assert chosen[-1] < n
    steps = np.diff([*chosen, n])
    assert steps.max() - steps.min() <= 1
    assert steps.max() <= -(-n // most)


NETWORK = {
    "features": 3,
    "sensitivities": 4,
    "epochs": 2,
    "patience": 2,
    "checkpoint_epochs": 2,
    "members": 1,
}


def network_settings(**changes):
    section = load_config({"hipnn_ts": NETWORK}).model_dump()["hipnn_ts"]
    return from_section(HipnnSettings, section | changes)


def network_data():
    return training_set(mode(sources(), "force", "product", "label"))


def test_a_network_takes_so_many_configurations_of_each_source():
    trainer = training._Trainer(network_data(), network_settings(configurations=6), 1, "cpu")
    pieces = [x.piece for x in trainer.samples]
    every_third = np.arange(6).tolist()
    assert pieces == every_third + every_third + (np.arange(5) + 6).tolist()
    everything = training._Trainer(network_data(), network_settings(), 1, "cpu")
    # the five labels are repeated, so that they weigh about as much as the trajectories
    assert len(everything.samples) == 18 + 18 + 3 * 5


def test_samples_at_one_configuration_share_its_pairs():
    trainer = training._Trainer(network_data(), network_settings(configurations=6), 1, "cpu")
    force, product, label = (trainer.samples[i : i + 6] for i in (0, 6, 12))
    for one, other in zip(force, product, strict=True):
        assert one.geometry is other.geometry
        assert not np.array_equal(one.value, other.value)
    assert label[0].geometry is not force[0].geometry
    np.testing.assert_allclose(
        label[0].geometry.position % BOX, network_data().configurations[1].position[0] % BOX, atol=1e-6
    )


def test_a_response_starts_at_its_size_without_noise():
    """Products are mostly noise: their scale would be far too large for the network's output."""
    data = network_data()
    sized = replace(data.targets[1], size=data.targets[1].scale / 50)
    plain = training._Trainer(data, network_settings(), 1, "cpu").output_scale
    data = replace(data, targets=[data.targets[0], sized, data.targets[2]])
    small = training._Trainer(data, network_settings(), 1, "cpu").output_scale
    np.testing.assert_allclose(small, plain * [1, 1 / 50, 1])


def test_a_network_trained_on_fewer_configurations_is_one_trained_on_those(tmp_path):
    chosen = [0, 3, 6, 9, 12, 15]
    whole = mode(sources(), "force", "product", "label")
    force, product = (d.part(chosen) for d in whole[:2])
    data = training_set(whole)
    fewer = training_set([force, replace(product, sites=force.sites), whole[2]])
    trained = [
        HipnnTS.fit(d, s, seed=1, members=1, device="cpu", checkpoints=Checkpoints(tmp_path / str(i), {}))[0][
            0
        ].tensors()
        for i, (d, s) in enumerate(((data, network_settings(configurations=6)), (fewer, network_settings())))
    ]
    assert trained[0].keys() == trained[1].keys()
    for name, value in trained[0].items():
        np.testing.assert_array_equal(value, trained[1][name])


def test_compiled_training_is_that_of_torch(tmp_path, monkeypatch):
    """Up to the rounding of single precision, which a few hundred steps multiply."""
    trained = []
    for i, compiled in enumerate((True, False)):
        monkeypatch.setattr(training, "covered", lambda *what, compiled=compiled: compiled)
        folder = Checkpoints(tmp_path / str(i), {})
        trained += HipnnTS.fit(
            network_data(), network_settings(learning_rate=0.01), seed=1, members=1, device="cpu",
            checkpoints=folder,
        )[1]  # fmt: skip
    loops, torch = (np.array(record["history"]) for record in trained)
    np.testing.assert_allclose(loops, torch, rtol=1e-3)
    assert loops[-1, 1] < loops[0, 1]


def test_a_training_that_was_killed_ends_as_one_that_was_not(tmp_path):
    settings = network_settings(epochs=4, patience=4, checkpoint_epochs=1)
    whole = training.train(network_data(), settings, 1, 2, "cpu", Checkpoints(tmp_path / "whole", {}))

    class Killed(Checkpoints):
        def save(self, state, part=None):
            super().save(state, part)
            if self.done % 3 == 0:
                raise InterruptedError

    again = None
    for _ in range(3):
        with contextlib.suppress(InterruptedError):
            again = training.train(network_data(), settings, 1, 2, "cpu", Killed(tmp_path / "killed", {}))
    for (tensors, record), (other, same) in zip(whole, again, strict=True):
        assert record == same
        for name, value in tensors.items():
            np.testing.assert_array_equal(value, other[name])


def test_pieces_held_out():
    assert training.held_out_pieces(1, 0.5, 1) == set()
    assert len(training.held_out_pieces(3, 0.1, 1)) == 1
    assert len(training.held_out_pieces(40, 0.1, 1)) == 4
    assert training.held_out_pieces(40, 0.1, 1) != training.held_out_pieces(40, 0.1, 2)


def test_the_rate_falls_from_all_to_a_fiftieth():
    shares = [training.decay(epoch, 10) for epoch in range(11)]
    assert shares[0] == 1
    assert shares[10] == pytest.approx(0.02)
    assert (np.diff(shares) < 0).all()
