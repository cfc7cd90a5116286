"""The module of PyTorch: the numbers of the library, and derivatives."""

import numpy as np
import pytest
import torch

from support.exported import BOX, MIXTURE, network_member
from thermalcg.export.source import ExportError
from thermalcg.export.torch_module import TorchForceField
from thermalcg.geometry.inputs import InputError, OutsideRange, OverlapError

pytestmark = pytest.mark.physics

T = 350.0


@pytest.fixture(scope="module")
def potential():
    return network_member()


@pytest.fixture(scope="module")
def beads():
    """A disordered lattice in an oblong box: positions, edges and species."""
    edges = np.array([1.0, 1.05, 1.1]) * BOX
    grid = np.stack(np.meshgrid(*[np.arange(4)] * 3, indexing="ij"), -1).reshape(-1, 3) / 4
    x = grid * edges + np.random.default_rng(0).uniform(-0.03, 0.03, size=(64, 3))
    return torch.as_tensor(x), torch.as_tensor(edges), torch.ones(64, dtype=torch.long)


@pytest.fixture(scope="module")
def mixture():
    """With the expansion of the study's response."""
    return network_member(species=MIXTURE, kind="heat_capacity")


@pytest.mark.parametrize("two", [False, True], ids=["one species", "two species"])
def test_numbers_are_the_librarys(two, potential, mixture, beads):
    x, box, species = beads
    potential, species = (mixture, torch.as_tensor(MIXTURE.codes)) if two else (potential, species)
    energy, force = TorchForceField(potential)(x, box, species, T)
    expected = potential.mean_force(x.numpy(), box.numpy(), T)
    assert float(energy.detach()) == pytest.approx(
        float(potential.free_energy(x.numpy(), box.numpy(), T)), rel=1e-5
    )
    np.testing.assert_allclose(force.numpy(), expected, rtol=1e-3, atol=1e-5 * np.abs(expected).max())


def test_forces_are_the_slope_of_the_energy_in_double_precision(beads):
    x, box, species = beads
    module = TorchForceField(network_member()).double()
    _, force = module(x, box, species, T)
    step = torch.zeros_like(x)
    step[7, 1] = 1e-5
    ends = [float(module(x + sign * step, box, species, T)[0].detach()) for sign in (1, -1)]
    assert float(force[7, 1]) == pytest.approx((ends[1] - ends[0]) / 2e-5, rel=1e-5)
    assert float(force.sum(dim=0).abs().max()) < 1e-9 * float(force.abs().max())


def test_a_mixture_takes_other_beads_one_after_the_other(mixture, beads):
    x, box, _ = beads
    module = TorchForceField(mixture).double()
    names = np.array(mixture.species.names)
    for codes in (MIXTURE.codes, MIXTURE.codes[::-1].copy(), MIXTURE.codes):
        energy, _ = module(x, box, torch.as_tensor(codes), T)
        own = mixture.of_species(names[codes]).free_energy(x.numpy(), box.numpy(), T)
        assert float(energy.detach()) == pytest.approx(float(own), rel=1e-5)
    few = x[:10]
    own = mixture.of_species(names[MIXTURE.codes[:10]]).free_energy(few.numpy(), box.numpy(), T)
    energy, _ = module(few, box, torch.as_tensor(MIXTURE.codes[:10]), T)
    assert float(energy.detach()) == pytest.approx(float(own), rel=1e-4)


@pytest.mark.parametrize("two", [False, True], ids=["one species", "two species"])
def test_minus_the_slope_in_temperature_is_the_entropy(two, potential, mixture, beads):
    x, box, species = beads
    potential, species = (mixture, torch.as_tensor(MIXTURE.codes)) if two else (potential, species)
    temperature = torch.tensor(T, requires_grad=True)
    energy, _ = TorchForceField(potential)(x, box, species, temperature)
    energy.backward()
    expected = float(potential.entropy(x.numpy(), box.numpy(), T))
    assert -float(temperature.grad) == pytest.approx(expected, rel=1e-4)


def test_the_slope_in_the_box_is_the_virial_of_all_beads(potential, beads):
    """With positions that move along with the box: W(s x, s L) has the slope -tr(virial) at s = 1."""
    x, box, species = beads
    stretch = torch.ones((), dtype=torch.double, requires_grad=True)
    energy, _ = TorchForceField(network_member()).double()(x * stretch, box * stretch, species, T)
    energy.backward()
    expected = float(np.trace(potential.virial(x.numpy(), box.numpy(), T)))
    assert -float(stretch.grad) == pytest.approx(expected, rel=1e-4)


def test_species_of_a_mixture_that_it_does_not_have_are_refused(mixture, beads):
    x, box, species = beads
    module = TorchForceField(mixture)
    for wrong in (2 * species, -species, 0.5 * species, species[:-1]):
        with pytest.raises(InputError, match=r"allowed: one number a bead, 0 \(A\), 1 \(B\)"):
            module(x, box, wrong, T)


def test_what_it_cannot_take_is_refused(potential, beads):
    x, box, species = beads
    module = TorchForceField(potential)
    with pytest.raises(InputError, match=r"species are \[0, 1\] for 64 beads"):
        module(x, box, torch.arange(64) % 2, T)
    with pytest.raises(InputError, match=r"positions have shape \(1, 64, 3\)"):
        module(x[None], box, species, T)
    with pytest.raises(InputError, match="box"):
        module(x, box / 2, species, T)
    with pytest.raises(InputError, match=r"box has shape \(3, 3\)"):
        module(x, torch.diag(box), species, T)
    with pytest.raises(InputError, match="temperature"):
        module(x, box, species, -1.0)
    together = x.clone()
    together[1] = together[0]
    with pytest.raises(OverlapError, match="beads 0 and 1"):
        module(together, box, species, T)


def test_a_file_gives_one_of_its_members(network_file, spline_file, beads):
    x, box, species = beads
    loaded = TorchForceField.load(network_file)(x, box, species, T)
    torch.testing.assert_close(loaded, TorchForceField(network_member())(x, box, species, T))
    with pytest.raises(ExportError, match="no network of PyTorch"):
        TorchForceField.load(spline_file)


def test_parameters_can_be_trained_and_the_potential_stays_as_it_was(beads):
    x, box, species = beads
    potential = network_member()
    before = potential.components.tensors()
    module = TorchForceField(potential).double().requires_grad_(True)
    energy, _ = module(x, box, species, T)
    energy.backward()
    assert any(p.grad is not None and p.grad.abs().max() > 0 for p in module.parameters())
    after = potential.components.tensors()
    assert all(
        (after[name] == before[name]).all() and after[name].dtype == before[name].dtype for name in before
    )


def test_without_gradients_there_are_forces_and_no_graph(potential, beads):
    x, box, species = beads
    module = TorchForceField(potential)
    with torch.no_grad():
        energy, force = module(x, box, species, T)
    assert not energy.requires_grad
    assert not force.requires_grad
    torch.testing.assert_close(force, module(x, box, species, T)[1])


def test_a_temperature_of_no_data_is_told(network_file, beads):
    x, box, species = beads
    with pytest.warns(OutsideRange, match="800 K; the model was trained and tested between 250 and 700 K"):
        TorchForceField.load(network_file)(x, box, species, 800.0)
