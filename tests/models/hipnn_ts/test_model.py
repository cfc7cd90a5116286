"""A network as an architecture: its tensors, and what its force field refuses."""

import numpy as np
import pytest
import torch

from support.networks import random_network
from support.random_potential import BOX, liquid
from thermalcg.geometry.inputs import InputError
from thermalcg.models.hipnn_ts import model as module
from thermalcg.models.hipnn_ts.model import HipnnTS

WEIGHTS = np.array([1.0, 100.0])


@pytest.fixture(autouse=True)
def double_precision():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.fixture(params=[1, 2], ids=["compiled", "by_torch"])
def network(request):
    return HipnnTS(random_network(interaction_layers=request.param, tensor_order=2))


def test_a_network_is_made_again_from_its_tensors(network):
    again = HipnnTS.from_tensors(network.tensors(), network.settings, 2)
    for one, other in zip(*(n.force_field(WEIGHTS, BOX)(liquid()) for n in (network, again)), strict=True):
        np.testing.assert_array_equal(one, other)
    assert not any(p.requires_grad for p in again.model.parameters())


def test_tensors_of_another_network_are_refused(network):
    tensors = network.tensors()
    name = next(name for name in tensors if name.endswith("weight"))
    with pytest.raises(ValueError, match=rf"tensors missing: \['{name}'\]"):
        HipnnTS.from_tensors({k: v for k, v in tensors.items() if k != name}, network.settings, 2)
    with pytest.raises(ValueError, match=r"unknown: \['colour'\]"):
        HipnnTS.from_tensors(tensors | {"colour": np.ones(1)}, network.settings, 2)


@pytest.mark.physics
def test_energies_and_forces_add_up_over_the_components(network):
    x = liquid()
    parts = [network.force_field(w, BOX)(x) for w in np.diag(WEIGHTS)]
    for whole, one, other in zip(network.force_field(WEIGHTS, BOX)(x), *parts, strict=True):
        np.testing.assert_allclose(whole, one + other, atol=1e-9 * np.abs(whole).max())


def test_beads_on_one_spot_have_no_force_and_do_not_spoil_other_configurations(network):
    x = np.concatenate([liquid(1), liquid(2)])
    alone = network.force_field(WEIGHTS, BOX)(x[1:])
    x[0, 3] = x[0, 7]
    energy, force = network.force_field(WEIGHTS, BOX)(x)
    assert np.isnan(energy[0])
    assert np.isnan(force[0]).all()
    np.testing.assert_allclose(energy[1], alone[0][0])
    np.testing.assert_allclose(force[1], alone[1][0], atol=1e-9 * np.abs(alone[1]).max())


def test_a_box_below_twice_the_cutoff_is_refused(network):
    with pytest.raises(InputError, match="twice the cutoff"):
        network.force_field(WEIGHTS, 1.9 * network.cutoff)


@pytest.mark.parametrize(("layers", "compiled"), [(1, True), (2, False)])
def test_torch_is_taken_where_the_compiled_kernel_does_not_reach(layers, compiled, monkeypatch):
    taken = []
    by_torch = module.by_torch
    monkeypatch.setattr(module, "by_torch", lambda *what: taken.append("torch") or by_torch(*what))
    field = HipnnTS(random_network(interaction_layers=layers)).force_field(WEIGHTS, BOX)
    assert taken == ([] if compiled else ["torch"])
    assert np.isfinite(field(liquid())[1]).all()


@pytest.mark.physics
def test_a_large_box_by_its_list_of_neighbours_is_that_of_torch():
    network, x, box = HipnnTS(random_network()), liquid(), 2 * BOX
    copies = np.concatenate([x + BOX * np.array(at) for at in np.ndindex(2, 2, 2)], axis=1)
    moved = copies + np.random.default_rng(0).normal(0, 0.003, copies.shape)
    field = network.force_field(WEIGHTS, box)
    reference = module.by_torch(network.model, WEIGHTS, np.full(3, box), "cpu")
    for positions in (copies, moved):  # the second with the candidates of the first
        for own, other in zip(field(positions), reference(positions), strict=True):
            np.testing.assert_allclose(own, other, atol=1e-10 * np.abs(other).max())
