"""Training of HIP-NN-TS networks."""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
import torch

from thermalcg.geometry.inputs import checked_box
from thermalcg.models.training_data import Target, TrainingSet
from thermalcg.runtime.progress import Progress
from thermalcg.storage.checkpoints import Checkpoints
from thermalcg.storage.seeds import derive_seed

from .batches import Geometry, by_loops, by_torch
from .network import EnergyNetwork, HipnnSettings, plain_state
from .weights import covered


def train(
    data: TrainingSet,
    settings: HipnnSettings,
    seed: int,
    members: int,
    device: str,
    checkpoints: Checkpoints,
) -> list[tuple[dict[str, np.ndarray], dict[str, Any]]]:
    """Train an ensemble; returns the tensors of each member and what is worth recording of it."""
    trained = []
    with Progress("train hipnn_ts", members * settings.epochs, "epochs") as progress:
        trainer = _Trainer(data, settings, seed, device)
        state = checkpoints.state()
        progress.skip(_epochs_done(state, settings.epochs))
        while True:
            member = int(state["member"]) if state else 0
            if member == members:
                break
            state = trainer.advance(member, state, progress)
            checkpoints.save(state)
        for member in range(members):
            prefix = f"best{member}_"
            tensors = {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}
            history = state[f"history{member}"]
            record = {
                "epochs": len(history),
                "validation_loss": float(history[:, 1].min()),
                "history": np.round(history, 6).tolist(),
            }
            trained.append((tensors, record))
    return trained


class _Sample:
    """One configuration of one target."""

    def __init__(self, target: Target, index: int, piece: int, geometry: Geometry, device: str) -> None:
        dtype = torch.get_default_dtype()
        self.kind, self.piece, self.geometry = target.kind, piece, geometry
        self.weights = torch.as_tensor(target.weights, dtype=dtype, device=device)
        offset = target.value.mean() if target.kind == "energy" else 0.0
        self.value = torch.as_tensor(target.value[index] - offset, dtype=dtype, device=device)
        self.scale = target.scale


class _Trainer:
    """Adam with a rate that decays as a cosine and early stopping; resumable between blocks of epochs."""

    def __init__(self, data: TrainingSet, settings: HipnnSettings, seed: int, device: str) -> None:
        self.data, self.settings, self.seed, self.device = data, settings, seed, device
        self.samples = []
        geometries: dict[tuple[int, int], Geometry] = {}
        edges = checked_box(data.box, settings.cutoff_nm)
        most = max(min(len(t.value), settings.configurations) for t in data.targets)
        for t in data.targets:
            position, pieces = data.configurations[t.at].position, data.pieces(t.at)
            # a target with few configurations is repeated, so that all weigh alike, as in the splines
            own = _evenly(len(position), settings.configurations)
            for i in own * (most // len(own)):
                if (t.at, i) not in geometries:
                    geometries[t.at, i] = Geometry(position[i], edges, settings.cutoff_nm)
                self.samples.append(_Sample(t, i, int(pieces[i]), geometries[t.at, i], device))
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
        model = EnergyNetwork(s, self.output_scale, self.data.species).to(self.device)
        optimizer = torch.optim.Adam(model.parameters(), lr=s.learning_rate, fused=True)
        history = np.empty((0, 2))
        best = copy.deepcopy(plain_state(model))
        if state and f"now_{next(iter(best))}" in state:
            model.load_state_dict({k: torch.as_tensor(state[f"now_{k}"]) for k in best}, strict=False)
            best = {k: torch.as_tensor(state[f"best{member}_{k}"]) for k in best}
            history = state[f"history{member}"]
            _load_adam(optimizer, state)
        train, validation = self._split(member)
        stopped = False
        for epoch in range(len(history), min(len(history) + s.checkpoint_epochs, s.epochs)):
            for group in optimizer.param_groups:
                group["lr"] = s.learning_rate * decay(epoch, s.epochs)
            train_loss = self._epoch(model, optimizer, train, derive_seed(self.seed, member, epoch))
            loss = self._loss(model, validation) if validation else train_loss
            if not len(history) or loss < history[:, 1].min():
                best = copy.deepcopy(plain_state(model))
            history = np.vstack([history, [train_loss, loss]])
            progress.update(1)
            stopped = len(history) - 1 - int(history[:, 1].argmin()) >= s.patience
            if stopped:
                progress.update(s.epochs - len(history))
                break
        kept = {k: v for k, v in state.items() if k.startswith(("best", "history"))}
        kept |= {f"best{member}_{k}": v.cpu().numpy() for k, v in best.items()}
        kept[f"history{member}"] = history
        if stopped or len(history) >= s.epochs:
            return {**kept, "member": np.array(member + 1)}
        kept |= {f"now_{k}": v.cpu().numpy() for k, v in plain_state(model).items()}
        return {**kept, **_dump_adam(optimizer), "member": np.array(member)}

    def _split(self, member: int) -> tuple[list[_Sample], list[_Sample]]:
        """Whole pieces are held out, with all their targets."""
        held_out = held_out_pieces(
            self.data.n_pieces,
            self.settings.validation_fraction,
            derive_seed(self.seed, "validation", member),
        )
        return (
            [x for x in self.samples if x.piece not in held_out],
            [x for x in self.samples if x.piece in held_out],
        )

    def _epoch(
        self, model: EnergyNetwork, optimizer: torch.optim.Optimizer, samples: list[_Sample], seed: int
    ) -> float:
        order = np.random.default_rng(seed).permutation(len(samples))
        size, total, parameters = self.settings.batch_frames, 0.0, list(model.parameters())
        for start in range(0, len(order), size):
            batch = [samples[i] for i in order[start : start + size]]
            loss = self._batch_loss(model, batch, training=True)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, 10.0)
            optimizer.step()
            total += float(loss.detach()) * len(batch)
        return total / len(samples)

    def _loss(self, model: EnergyNetwork, samples: list[_Sample]) -> float:
        size, total = self.settings.batch_frames, 0.0
        for batch in (samples[i : i + size] for i in range(0, len(samples), size)):
            total += float(self._batch_loss(model, batch, training=False).detach()) * len(batch)
        return total / len(samples)

    def _batch_loss(self, model: EnergyNetwork, batch: list[_Sample], training: bool) -> torch.Tensor:
        """Mean squared residual, each target in units of its own scale."""
        weights = torch.stack([x.weights for x in batch])
        geometries = [x.geometry for x in batch]
        if covered(self.settings, self.device, self.data.species):
            energy, force = by_loops(model, geometries, weights)
        else:
            energy, force = by_torch(model, geometries, weights, training)
        loss = torch.zeros((), device=self.device)
        rows = [b for b, x in enumerate(batch) if x.kind == "force"]
        if rows:
            scale = torch.tensor([batch[b].scale for b in rows], dtype=force.dtype, device=self.device)
            residual = (force[rows] - torch.stack([batch[b].value for b in rows])) / scale[:, None, None]
            loss = loss + residual.square().mean(dim=(1, 2)).sum()
        rows = [b for b, x in enumerate(batch) if x.kind == "energy"]
        if rows:
            residual = (torch.stack([energy[b] - batch[b].value for b in rows])) / batch[rows[0]].scale
            # every number counts once: an energy weighs as much as one component of a force
            loss = loss + (residual - model.energy_offset).square().sum() / (3 * force.shape[1])
        return loss / len(batch)


def decay(epoch: int, epochs: int) -> float:
    """Share of the learning rate in an epoch; it falls as a cosine, and the last epochs average out noise."""
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * epoch / epochs))


def held_out_pieces(n_pieces: int, fraction: float, seed: int) -> set[int]:
    """The pieces kept for validation: this share of them, and at least one of three or more."""
    n = round(fraction * n_pieces) if n_pieces > 1 else 0
    n = max(n, 1) if fraction > 0 and n_pieces > 2 else n
    return set(np.random.default_rng(seed).choice(n_pieces, size=n, replace=False).tolist())


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
