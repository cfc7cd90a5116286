"""HIP-NN-TS: hippynn's tensor-sensitivity network with K energy outputs.

Chigaev et al., J. Chem. Phys. 158, 184108 (2023) for the network; Shinkle et al.,
J. Chem. Theory Comput. 20, 10524 (2024) for its use as a CG potential.  Only the
network module of hippynn is used; pairs, energies, forces, training and dynamics are
those of this library.
"""

from __future__ import annotations

import copy
import warnings
from contextlib import ExitStack
from typing import Any
from unittest.mock import patch

import numpy as np
import torch

from thermalcg.geometry.neighbours import PairList
from thermalcg.models.architecture import Architecture, ForceField
from thermalcg.models.training_data import Target, TrainingSet
from thermalcg.runtime.platforms import choose_device
from thermalcg.runtime.progress import Progress
from thermalcg.storage.checkpoints import Checkpoints
from thermalcg.storage.seeds import derive_seed

with warnings.catch_warnings(), ExitStack() as stack:
    warnings.simplefilter("ignore")  # hippynn announces optional kernels and sparse checks on import
    if not torch.cuda.is_available():
        # hippynn hands kernels that no CPU run uses to torch.compile, whose import takes 3 s
        stack.enter_context(patch.object(torch, "compile", lambda function: function))
    import hippynn
    from hippynn.networks.hipnn import HipnnQuad, HipnnVec

# close pairs are the business of the repulsive prior; a warning a step would cost more than the step
hippynn.settings.WARN_LOW_DISTANCES = False

#: hippynn's "inverse" sensitivities want a length scale of order one; it works in Angstrom.
ANGSTROM_PER_NM = 10.0

NETWORKS = {1: HipnnVec, 2: HipnnQuad}


def message_passing(interaction_layers: int) -> str:
    """The one of hippynn's kernels that suits a network; hippynn has one for the whole process.

    On a CPU, numba compiles its kernels for 6 s in every process.  With one interaction layer, whose beads
    bring a single feature, plain torch takes 0.8 to 0.9 of their time (64 to 512 beads, forces and training
    steps, one core); with two it takes 3 to 5 times as long.
    """
    return "_pytorch_raw" if interaction_layers == 1 and not torch.cuda.is_available() else "auto"


class EnergyNetwork(torch.nn.Module):
    """Bead positions to K energies a configuration, by hierarchical linear read-outs.

    Args:
        settings: section ``hipnn_ts`` of the configuration.
        output_scale: kJ/mol (times the component's inverse unit), shape (K,).
    """

    def __init__(self, settings: dict[str, Any], output_scale: np.ndarray) -> None:
        super().__init__()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # hippynn calls its plain kernels non-standard
            hippynn.set_custom_kernels(message_passing(settings["interaction_layers"]))
        network = NETWORKS[settings["tensor_order"]]
        self.network = network(
            n_features=settings["features"],
            n_sensitivities=settings["sensitivities"],
            dist_soft_min=settings["soft_min_nm"] * ANGSTROM_PER_NM,
            dist_soft_max=settings["soft_max_nm"] * ANGSTROM_PER_NM,
            dist_hard_max=settings["cutoff_nm"] * ANGSTROM_PER_NM,
            n_atom_layers=settings["atom_layers"],
            n_interaction_layers=settings["interaction_layers"],
            n_input_features=1,
        )
        k = len(output_scale)
        self.readouts = torch.nn.ModuleList(
            torch.nn.Linear(settings["features"], k, bias=False)
            for _ in range(settings["interaction_layers"])
        )
        for layer in self.readouts:
            # the response starts from nothing: what is not learned is not there
            torch.nn.init.zeros_(layer.weight.data[1:])
        # energies are known up to a constant, in units of their scale
        self.energy_offset = torch.nn.Parameter(torch.zeros(()))
        self.register_buffer("output_scale", torch.as_tensor(output_scale, dtype=torch.get_default_dtype()))

    def forward(self, position, first, second, shift, box_of, n_boxes):
        """Energies (n_boxes, K); positions (n, 3), pairs with image shifts, box of each bead."""
        vector = (position[second] - position[first] + shift) * ANGSTROM_PER_NM
        distance = vector.norm(dim=1)
        features = self.network(torch.ones_like(position[:, :1]), first, second, distance, vector)
        per_bead = (
            sum(layer(f) for layer, f in zip(self.readouts, features[1:], strict=True)) * self.output_scale
        )
        energy = torch.zeros(n_boxes, per_bead.shape[1], dtype=per_bead.dtype, device=per_bead.device)
        return energy.index_add(0, box_of, per_bead)


class HipnnTS(Architecture):
    """One trained network."""

    name = "hipnn_ts"

    def __init__(self, model: EnergyNetwork) -> None:
        self.model = model

    @classmethod
    def fit(
        cls,
        data: TrainingSet,
        settings: dict[str, Any],
        *,
        seed: int,
        members: int,
        device: str,
        checkpoints: Checkpoints,
    ) -> tuple[list[Architecture], list[dict[str, Any]]]:
        """Members differ in initial weights, order of the data and validation frames."""
        fitted, records = [], []
        with Progress("train hipnn_ts", members * settings["epochs"], "epochs") as progress:
            trainer = _Trainer(data, settings, seed, choose_device(device))
            state = checkpoints.state()
            progress.skip(_epochs_done(state, settings["epochs"]))
            while True:
                member = int(state["member"]) if state else 0
                if member == members:
                    break
                state = trainer.advance(member, state, progress)
                checkpoints.save(state)
            for member in range(members):
                prefix = f"best{member}_"
                tensors = {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}
                fitted.append(cls.from_tensors(tensors, settings, data.expansion.size))
                history = state[f"history{member}"]
                records.append(
                    {
                        "epochs": len(history),
                        "validation_loss": float(history[:, 1].min()),
                        "history": np.round(history, 6).tolist(),
                    }
                )
        return fitted, records

    def tensors(self) -> dict[str, np.ndarray]:
        return {name: value.detach().cpu().numpy() for name, value in _plain_state(self.model).items()}

    @classmethod
    def from_tensors(
        cls, tensors: dict[str, np.ndarray], settings: dict[str, Any], n_components: int
    ) -> HipnnTS:
        model = EnergyNetwork(settings, np.ones(n_components))
        known = model.load_state_dict({k: torch.as_tensor(v) for k, v in tensors.items()}, strict=False)
        # hippynn's extra state is no tensor and may be absent; nothing else may
        absent = [name for name in known.missing_keys if not name.endswith("_extra_state")]
        if absent or known.unexpected_keys:
            raise ValueError(f"tensors missing: {absent}, unknown: {known.unexpected_keys}")
        for parameter in model.parameters():
            parameter.requires_grad_(False)
        return cls(model)

    def force_field(self, weights: np.ndarray, box: float, device: str = "cpu") -> ForceField:
        device = choose_device(device)
        model = self.model.to(device)
        cutoff = self.model.network.dist_hard_max / ANGSTROM_PER_NM
        dtype = next(model.parameters()).dtype
        combination = torch.as_tensor(weights, dtype=dtype, device=device)
        pairs = PairList(box, cutoff, skin=0.05)

        def evaluate(positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            positions = np.asarray(positions, float)
            n_boxes, n_beads = positions.shape[:2]
            wrapped = positions - box * np.floor(positions / box)
            first, second, shift = pairs(wrapped)
            x = torch.as_tensor(wrapped.reshape(-1, 3), dtype=dtype, device=device).requires_grad_()
            index = torch.arange(n_boxes, device=device).repeat_interleave(n_beads)
            to = {"device": device}
            energies = model(
                x,
                torch.as_tensor(first, **to),
                torch.as_tensor(second, **to),
                torch.as_tensor(shift, dtype=dtype, **to),
                index,
                n_boxes,
            )
            energy = energies @ combination
            (gradient,) = torch.autograd.grad(energy.sum(), x)
            return (
                energy.detach().cpu().numpy().astype(float),
                -gradient.cpu().numpy().astype(float).reshape(positions.shape),
            )

        return evaluate


def _plain_state(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    """The state without hippynn's extra entries, which are no tensors."""
    return {k: v for k, v in model.state_dict().items() if isinstance(v, torch.Tensor)}


class _Geometry:
    """A configuration and its pairs, shared by the targets that it has.

    Kept on the host, each pair once and in the smallest integers that number the beads: thousands of dense
    configurations would fill a graphics card.
    """

    def __init__(self, position: np.ndarray, box: float, cutoff: float) -> None:
        wrapped = position - box * np.floor(position / box)
        first, second, _ = PairList(box, cutoff)(wrapped[None])
        # the list has every pair one way round, then all of them the other
        half = np.stack([first, second])[:, : len(first) // 2]
        self.position = torch.as_tensor(wrapped, dtype=torch.get_default_dtype())
        self.half = torch.as_tensor(half.astype(np.min_scalar_type(-len(position))))
        self.box = box

    def on(self, device: str) -> tuple[torch.Tensor, ...]:
        """Positions (N, 3), both beads of the directed pairs (P,), and their image shifts (P, 3)."""
        position, half = self.position.to(device), self.half.to(device).long()
        first, second = torch.cat([half[0], half[1]]), torch.cat([half[1], half[0]])
        shift = -self.box * torch.round((position[second] - position[first]) / self.box)
        return position, first, second, shift


class _Sample:
    """One configuration of one target."""

    def __init__(self, target: Target, index: int, geometry: _Geometry, device: str) -> None:
        dtype = torch.get_default_dtype()
        self.kind, self.frame, self.geometry = target.kind, int(target.frame[index]), geometry
        self.weights = torch.as_tensor(target.weights, dtype=dtype, device=device)
        offset = target.value.mean() if target.kind == "energy" else 0.0
        self.value = torch.as_tensor(target.value[index] - offset, dtype=dtype, device=device)
        self.scale = target.scale


class _Trainer:
    """Adam with a plateau schedule and early stopping, resumable between blocks of epochs."""

    def __init__(self, data: TrainingSet, settings: dict[str, Any], seed: int, device: str) -> None:
        self.data, self.settings, self.seed, self.device = data, settings, seed, device
        self.samples = []
        geometries: dict[tuple[int, int], _Geometry] = {}
        most = max(min(len(t.frame), settings["configurations"]) for t in data.targets)
        for t in data.targets:
            # a target with few configurations is repeated, so that all weigh alike, as in the splines
            own = _evenly(len(t.frame), settings["configurations"])
            for i in own * (most // len(own)):
                at = (id(t.position), i)
                if at not in geometries:
                    geometries[at] = _Geometry(t.position[i], data.box, settings["cutoff_nm"])
                self.samples.append(_Sample(t, i, geometries[at], device))
        # a component's energies are of the size of the targets in which it weighs most
        size = np.zeros(data.expansion.size)
        for t in data.targets:
            k = int(np.argmax(np.abs(t.weights)))
            size[k] = max(size[k], 0.1 * (t.size or t.scale) / abs(t.weights[k]))
        self.output_scale = np.where(size > 0, size, size.max() * 1e-3)

    def advance(self, member: int, state: dict[str, np.ndarray], progress: Progress) -> dict[str, np.ndarray]:
        """A block of epochs for one member; ends the member where training has stopped."""
        s = self.settings
        torch.manual_seed(derive_seed(self.seed, "initial", member))
        model = EnergyNetwork(s, self.output_scale).to(self.device)
        optimizer = torch.optim.Adam(model.parameters(), lr=s["learning_rate"])
        history = np.empty((0, 2))
        best = copy.deepcopy(_plain_state(model))
        if state and f"now_{next(iter(best))}" in state:
            model.load_state_dict({k: torch.as_tensor(state[f"now_{k}"]) for k in best}, strict=False)
            best = {k: torch.as_tensor(state[f"best{member}_{k}"]) for k in best}
            history = state[f"history{member}"]
            _load_adam(optimizer, state)
        train, validation = self._split(member)
        stopped = False
        for epoch in range(len(history), min(len(history) + s["checkpoint_epochs"], s["epochs"])):
            # cosine decay: the last epochs average out the label noise
            rate = s["learning_rate"] * (0.02 + 0.98 * 0.5 * (1 + np.cos(np.pi * epoch / s["epochs"])))
            for group in optimizer.param_groups:
                group["lr"] = rate
            train_loss = self._epoch(model, optimizer, train, derive_seed(self.seed, member, epoch))
            loss = self._loss(model, validation) if validation else train_loss
            if not len(history) or loss < history[:, 1].min():
                best = copy.deepcopy(_plain_state(model))
            history = np.vstack([history, [train_loss, loss]])
            progress.update(1)
            stopped = len(history) - 1 - int(history[:, 1].argmin()) >= s["patience"]
            if stopped:
                progress.update(s["epochs"] - len(history))
                break
        kept = {k: v for k, v in state.items() if k.startswith(("best", "history"))}
        kept |= {f"best{member}_{k}": v.cpu().numpy() for k, v in best.items()}
        kept[f"history{member}"] = history
        if stopped or len(history) >= s["epochs"]:
            return {**kept, "member": np.array(member + 1)}
        kept |= {f"now_{k}": v.cpu().numpy() for k, v in _plain_state(model).items()}
        return {**kept, **_dump_adam(optimizer), "member": np.array(member)}

    def _split(self, member: int) -> tuple[list[_Sample], list[_Sample]]:
        """Whole configurations are held out, with all their labels."""
        frames = self.data.frames
        n = round(self.settings["validation_fraction"] * len(frames)) if len(frames) > 1 else 0
        n = max(n, 1) if self.settings["validation_fraction"] > 0 and len(frames) > 2 else n
        rng = np.random.default_rng(derive_seed(self.seed, "validation", member))
        held_out = set(rng.choice(frames, size=n, replace=False).tolist())
        return (
            [x for x in self.samples if x.frame not in held_out],
            [x for x in self.samples if x.frame in held_out],
        )

    def _epoch(
        self, model: EnergyNetwork, optimizer: torch.optim.Optimizer, samples: list[_Sample], seed: int
    ) -> float:
        order = np.random.default_rng(seed).permutation(len(samples))
        size, total = self.settings["batch_frames"], 0.0
        for start in range(0, len(order), size):
            batch = [samples[i] for i in order[start : start + size]]
            loss = self._batch_loss(model, batch, training=True)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 10.0)
            optimizer.step()
            total += float(loss.detach()) * len(batch)
        return total / len(samples)

    def _loss(self, model: EnergyNetwork, samples: list[_Sample]) -> float:
        size = self.settings["batch_frames"]
        pieces = [samples[i : i + size] for i in range(0, len(samples), size)]
        return sum(float(self._batch_loss(model, p, training=False)) * len(p) for p in pieces) / len(samples)

    def _batch_loss(self, model: EnergyNetwork, batch: list[_Sample], training: bool) -> torch.Tensor:
        """Mean squared residual, each target in units of its own scale."""
        positions, firsts, seconds, shifts = zip(*(x.geometry.on(self.device) for x in batch), strict=True)
        n = len(positions[0])
        position = torch.cat(positions).requires_grad_()
        first = torch.cat([pairs + b * n for b, pairs in enumerate(firsts)])
        second = torch.cat([pairs + b * n for b, pairs in enumerate(seconds)])
        index = torch.arange(len(batch), device=self.device).repeat_interleave(n)
        energies = model(position, first, second, torch.cat(shifts), index, len(batch))
        energy = (energies * torch.stack([x.weights for x in batch])).sum(dim=1)
        (gradient,) = torch.autograd.grad(energy.sum(), position, create_graph=training)
        loss = torch.zeros((), device=self.device)
        for b, x in enumerate(batch):
            if x.kind == "force":
                loss = loss + ((-gradient[b * n : (b + 1) * n] - x.value) / x.scale).square().mean()
        energy_rows = [b for b, x in enumerate(batch) if x.kind == "energy"]
        if energy_rows:
            residual = (
                torch.stack([energy[b] - batch[b].value for b in energy_rows]) / batch[energy_rows[0]].scale
            )
            # every number counts once: an energy weighs as much as one component of a force
            loss = loss + (residual - model.energy_offset).square().sum() / (3 * n)
        return loss / len(batch)


def _epochs_done(state: dict[str, np.ndarray] | None, epochs: int) -> int:
    """Epochs before this process; a member that has stopped early counts as whole."""
    if not state:
        return 0
    member = int(state["member"])
    return member * epochs + len(state.get(f"history{member}", ()))


def _evenly(n: int, most: int) -> list[int]:
    """At most so many of n indices, evenly spaced."""
    return (np.arange(min(n, most)) * n // min(n, most)).tolist()


def _dump_adam(optimizer: torch.optim.Adam) -> dict[str, np.ndarray]:
    return {
        f"adam_{i}_{name}": np.asarray(value.detach().cpu())
        for i, moments in optimizer.state_dict()["state"].items()
        for name, value in moments.items()
    }


def _load_adam(optimizer: torch.optim.Adam, state: dict[str, np.ndarray]) -> None:
    moments: dict[int, dict[str, torch.Tensor]] = {}
    for key, value in state.items():
        if key.startswith("adam_"):
            _, index, name = key.split("_", 2)
            moments.setdefault(int(index), {})[name] = torch.as_tensor(value)
    optimizer.load_state_dict({"state": moments, "param_groups": optimizer.state_dict()["param_groups"]})
