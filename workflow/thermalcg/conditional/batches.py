"""Sampling of several frames in one job, each kept on disk as soon as it is finished."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import xarray as xr

from thermalcg.runtime.progress import Progress
from thermalcg.storage.checkpoints import fingerprint
from thermalcg.storage.datasets import read_dataset, write_dataset
from thermalcg.storage.files import DatasetError
from thermalcg.storage.provenance import Provenance

from .sampler import ConditionalSampler

#: ``ConditionalSampler.sample`` or ``ConditionalSampler.probe``.
Method = Callable[[np.ndarray, object, str | Path, Progress | None], xr.Dataset]


def frames_of_batch(batch: int, size: int, n_frames: int) -> range:
    """Frames of a batch of at most ``size``; the last one has what remains."""
    return range(batch * size, min((batch + 1) * size, n_frames))


def probed_frames(frames: xr.Dataset, number: int, indices: range) -> set[int]:
    """Those of the frames that are sampled once more from melted orientations: among the first test frames.

    Args:
        frames: dataset ``frames/{T}.nc``.
        number: of test frames that are probed in all batches together.
        indices: frames of this batch.
    """
    test = np.flatnonzero(frames["split"].values == 1)
    return set(test[:number].tolist()) & set(indices)


def sample_frames(
    sampler: ConditionalSampler,
    frames: xr.Dataset,
    indices: range,
    probes: set[int],
    checkpoints_folder: str | Path,
) -> xr.Dataset:
    """Sample several frames one after another; a finished frame survives a kill.

    Args:
        frames: dataset ``frames/{T}.nc``.
        indices: frames to sample.
        probes: those of them that are sampled once more from melted orientations.

    Returns:
        The dataset ``conditional/{T}/{batch}.nc`` (``thermalcg.storage.declared``).
    """
    settings = sampler.settings
    per_chain = (settings.burn_in_ps + settings.production_ps) * len(sampler.ladder)
    temperature = float(frames.attrs["temperature_K"])
    pieces, probed = [], []
    total = per_chain * (settings.chains * len(indices) + len(probes))
    with Progress.of_simulation(f"conditional {temperature:g} K", total) as progress:

        def once(method: Method, index: int, kind: str, chains: int) -> xr.Dataset:
            """One piece of sampling: run, or taken from an interrupted run that has finished it."""
            atoms = frames["atom_position"].values[index].astype(float)
            key = fingerprint([sampler.key, hashlib.sha256(atoms.tobytes()).hexdigest()])
            folder = Path(checkpoints_folder)
            path, label = folder / f"{kind}_{index}.nc", f"{temperature:g}K-{index}"
            if (done := _finished(path, key)) is not None:
                progress.skip(per_chain * chains)
                return done
            done = method(atoms, label, folder, progress)
            write_dataset(done, path, Provenance(key, sampler.seed, "conditional.batches.sample_frames"))
            for chain in folder.glob(f"frame_{label}_chain_*"):  # not before: a kill would cost them all
                shutil.rmtree(chain, ignore_errors=True)
            return done

        for index in indices:
            pieces.append(once(sampler.sample, index, "frame", settings.chains))
            if index in probes:
                probed.append(once(sampler.probe, index, "probe", 1).assign(probe_frame=index))
    dataset = xr.concat(pieces, dim="frame", coords="minimal", compat="override")
    if probed:
        joined = xr.concat(probed, dim="probe", data_vars="all", coords="minimal", compat="override")
        joined["probe_frame"].attrs["units"] = "1"
        dataset = dataset.merge(joined)
    return dataset.assign_attrs(temperature_K=temperature, box_nm=frames.attrs["box_nm"])


def _finished(path: Path, key: str) -> xr.Dataset | None:
    """What an interrupted run has left of the same piece of sampling; None where there is nothing whole."""
    try:
        done = read_dataset(path)
    except DatasetError:
        return None
    return done if done.attrs.get("config_hash") == key else None
