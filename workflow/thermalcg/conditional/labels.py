"""Labels from conditional samples: mean force, its first and second response, mean energy.

The formulas are those of ``response``, each at the temperature of a rung, from that rung's samples
or from those of all rungs reweighted by MBAR.  Errors come from a jackknife over blocks of all
chains, widened where the chains differ by more than their blocks do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields

import numpy as np
import xarray as xr

from thermalcg.geometry.inputs import checked_temperature
from thermalcg.response.formulas import covariance_response, covariance_second_response
from thermalcg.statistics import bias_corrected, effective_sample_size, split_rhat
from thermalcg.storage.datasets import variable
from thermalcg.storage.declared import declaration

from .exchange import count_round_trips
from .mbar import mbar_weights

#: Blocks in each chain.
BLOCKS = 4

#: Percentile of split R-hat over the components of the forces that decides whether a frame has converged.
RHAT_PERCENTILE = 95


@dataclass(frozen=True)
class Label:
    """Labels of one frame at one temperature, each with its standard error.

    Attributes:
        mean_force: F, kJ/mol/nm, shape (bead, 3).
        trf: dF/dT, kJ/mol/nm/K, shape (bead, 3).
        trf2: d2F/dT2, kJ/mol/nm/K2, shape (bead, 3).
        mean_energy: <u>, kJ/mol, a scalar.
        chain_mean_force: F from each chain on its own, shape (chain, bead, 3).
        chain_trf: dF/dT from each chain on its own, shape (chain, bead, 3).
    """

    mean_force: np.ndarray
    mean_force_se: np.ndarray
    trf: np.ndarray
    trf_se: np.ndarray
    trf2: np.ndarray
    trf2_se: np.ndarray
    mean_energy: np.ndarray
    mean_energy_se: np.ndarray
    chain_mean_force: np.ndarray
    chain_trf: np.ndarray


@dataclass(frozen=True)
class Convergence:
    """How well the chains of one frame agree on one rung: split R-hat and effective samples."""

    rhat_energy: float
    rhat_force: float
    ess_energy: float

    @classmethod
    def of(cls, force: np.ndarray, energy: np.ndarray) -> Convergence:
        """From the samples of a rung, force (chain, sample, bead, 3) and energy (chain, sample)."""
        return cls(
            rhat_energy=split_rhat(energy),
            rhat_force=np.percentile(split_rhat(force, method="split"), RHAT_PERCENTILE),
            ess_energy=effective_sample_size(energy),
        )


#: Dimensions and unit of what ``Label`` and ``Convergence`` hold, over frames and rungs.
_LAYOUT = declaration("labels/{T}.nc").variables


def chain_blocks(n_chains: int, n_samples: int) -> list[np.ndarray]:
    """Indices of the blocks of all chains, in samples of shape (chain, sample) made flat."""
    chains = np.split(np.arange(n_chains * n_samples), n_chains)
    return [b for chain in chains for b in np.array_split(chain, BLOCKS)]


def _flat(force: np.ndarray, energy: np.ndarray, weights: np.ndarray | None) -> tuple[np.ndarray, ...]:
    """Force, energy and weight of the samples of all chains, one after another, in double precision."""
    n = energy.shape[0] * energy.shape[1]
    f, e = (x.reshape(n, *x.shape[2:]).astype(float) for x in (force, energy))
    return f, e, np.ones(n) if weights is None else weights.reshape(-1)


def trf_label(
    force: np.ndarray, energy: np.ndarray, temperature: float, weights: np.ndarray | None = None
) -> np.ndarray:
    """Thermal response F' of one frame, from all chains, with its 1/n bias removed (as in ``label_rung``).

    Args:
        force: kJ/mol/nm, shape (chain, sample, bead, 3).
        energy: kJ/mol, shape (chain, sample), or (chain, sample, bead) where each bead has its own.
        weights: of the samples at ``temperature``, shape (chain, sample); equal if None.
    """
    f, e, w = _flat(force, energy, weights)
    return bias_corrected(
        chain_blocks(*energy.shape[:2]), lambda i: covariance_response(f[i], e[i], temperature, w[i])
    )[0]


def label_rung(
    force: np.ndarray, energy: np.ndarray, temperature: float, weights: np.ndarray | None = None
) -> Label:
    """Labels of one frame at one temperature, from the samples of one rung or from weighted samples.

    Args:
        force: kJ/mol/nm, shape (chain, sample, bead, 3), in the order of time.
        energy: kJ/mol, shape (chain, sample).
        temperature: K.
        weights: of the samples at ``temperature``, shape (chain, sample); equal if None.

    Raises:
        ValueError: fewer samples in a chain than blocks, or a temperature that is not positive.
    """
    temperature = checked_temperature(temperature)
    n_chains, n_samples = energy.shape
    if n_samples < BLOCKS:
        raise ValueError(f"{n_samples} samples a chain; at least {BLOCKS} are needed for block errors")
    flat_force, flat_energy, flat_weights = _flat(force, energy, weights)
    blocks = chain_blocks(n_chains, n_samples)
    chains = np.split(np.arange(n_chains * n_samples), n_chains)

    def by_chain(estimate: Callable) -> tuple[np.ndarray, float]:
        """Each chain's estimate, and how its scatter compares with its block errors."""
        pairs = [bias_corrected(np.array_split(c, BLOCKS), estimate) for c in chains]
        values, errors = (np.stack(x) for x in zip(*pairs, strict=True))
        if n_chains < 2:
            return values, 1.0
        between = values.var(axis=0, ddof=1).mean()
        return values, float(np.sqrt(max(1.0, between / max((errors**2).mean(), 1e-300))))

    found = {}
    estimates = {
        "mean_force": lambda i: np.average(flat_force[i], axis=0, weights=flat_weights[i]),
        "trf": lambda i: covariance_response(flat_force[i], flat_energy[i], temperature, flat_weights[i]),
        "trf2": lambda i: covariance_second_response(
            flat_force[i], flat_energy[i], temperature, flat_weights[i]
        ),
        "mean_energy": lambda i: np.average(flat_energy[i], weights=flat_weights[i]),
    }
    for name, estimate in estimates.items():
        value, error = bias_corrected(blocks, estimate)
        values, widening = by_chain(estimate)
        found |= {name: value, f"{name}_se": error * widening}
        if name in ("mean_force", "trf"):
            found[f"chain_{name}"] = values
    return Label(**found)


def labels_at(
    force: np.ndarray, energy: np.ndarray, temperatures: np.ndarray, weights: np.ndarray
) -> list[Label]:
    """Labels of one frame at any temperatures in the range of its rungs, from the samples of all rungs.

    Args:
        force: kJ/mol/nm, shape (chain, rung, sample, bead, 3).
        energy: kJ/mol, shape (chain, rung, sample).
        temperatures: K, shape (target,).
        weights: of ``mbar_weights`` at these temperatures, shape (target, chain, rung, sample).

    Returns:
        One label for each temperature; the jackknife keeps the weights fixed, so that their own error is
        left out.
    """
    pooled_forces, pooled_energies = by_time(force), by_time(energy)
    return [
        label_rung(pooled_forces, pooled_energies, float(T), by_time(w))
        for T, w in zip(temperatures, weights, strict=True)
    ]


def label_batches(
    batches: Iterable[xr.Dataset], split: np.ndarray, estimator: str, rhat_limit: float
) -> xr.Dataset:
    """Labels of all frames of a temperature, with one batch of samples in memory at a time.

    Args:
        batches: datasets ``conditional/{T}/{batch}.nc`` in order.
        split, estimator, rhat_limit: as in ``label_frames``.
    """
    labels, first = [], 0
    for samples in batches:
        n = samples.sizes["frame"]
        labels.append(label_frames(samples, split[first : first + n], estimator, rhat_limit, first))
        first += n
    joined = xr.concat(
        [part.drop_dims("probe", errors="ignore") for part in labels],
        "frame", coords="minimal", compat="override", combine_attrs="override",
    )  # fmt: skip
    probed = [
        part[[n for n, v in part.items() if "probe" in v.dims]] for part in labels if "probe" in part.dims
    ]
    if not probed:
        return joined
    return joined.merge(xr.concat(probed, "probe", coords="minimal", compat="override"))


def label_frames(
    samples: xr.Dataset,
    split: np.ndarray,
    estimator: str = "mbar",
    rhat_limit: float = np.inf,
    first: int = 0,
) -> xr.Dataset:
    """Labels of every frame and rung, with convergence diagnostics.

    Args:
        samples: dataset ``conditional/{T}/{batch}.nc``.
        split: 0 train, 1 test, shape (frame,).
        estimator: ``mbar`` (all rungs' samples, reweighted) or ``single_rung`` (a rung's own).
        rhat_limit: a frame counts as converged at a rung where split R-hat of its energy and the 95th
            percentile of that of its forces are below this.
        first: index of the first frame among all of its temperature, by which probes name theirs.

    Returns:
        The dataset ``labels/{T}.nc`` (``thermalcg.storage.declared``).
    """
    rungs, walker = samples["rung"].values, samples["walker"].values
    labels, convergence, round_trips = [], [], []
    for frame in range(samples.sizes["frame"]):
        force, energy = samples["force"].values[frame], samples["energy"].values[frame]
        if estimator == "mbar":
            labels.append(labels_at(force, energy, rungs, mbar_weights(energy, rungs)))
        else:
            labels.append([label_rung(force[:, k], energy[:, k], float(T)) for k, T in enumerate(rungs)])
        convergence.append([Convergence.of(force[:, k], energy[:, k]) for k in range(len(rungs))])
        round_trips.append([count_round_trips(chain) for chain in walker[frame]])
    data = _by_frame_and_rung(Label, labels) | _by_frame_and_rung(Convergence, convergence)
    data["round_trips"] = variable(("frame", "chain"), np.array(round_trips), "1")
    good = np.maximum(data["rhat_energy"].values, data["rhat_force"].values) < rhat_limit
    data["converged"] = variable(("frame", "rung"), good.astype(np.int8), "1")
    if "probe_energy" in samples:
        data |= _probe_labels(samples, first)
    data["acceptance"] = samples["acceptance"]
    data["site_position"] = samples["site_position"]
    data["split"] = variable(("frame",), np.asarray(split, np.int8), "1")
    return xr.Dataset(data, coords={"rung": samples["rung"]}, attrs=dict(samples.attrs))


def _by_frame_and_rung(kind: type, rows: list[list]) -> dict[str, xr.DataArray]:
    """Each field of the dataclass ``kind`` as one array, from its instances by frame and rung."""
    data = {}
    for name in (field.name for field in fields(kind)):
        dims = tuple(_LAYOUT[name].dims.split())
        values = [[getattr(at_rung, name) for at_rung in row] for row in rows]
        stacked = np.stack([np.stack(row, axis=dims.index("rung") - 1) for row in values])
        data[name] = variable(dims, stacked, _LAYOUT[name].unit)
    return data


def by_time(values: np.ndarray) -> np.ndarray:
    """(chain, rung, sample, ...) to (chain, sample * rung, ...), the rungs of one time together."""
    swapped = np.swapaxes(values, 1, 2)
    return swapped.reshape(swapped.shape[0], -1, *values.shape[3:])


def _probe_labels(samples: xr.Dataset, first: int) -> dict[str, xr.DataArray]:
    """Differences between the chains from melted orientations and the frame's own, at the end of the run."""
    frame = samples["probe_frame"].values.astype(int) - first
    # the last half: by then they should have met
    half = samples.sizes["sample"] // 2
    own_energy = samples["energy"].values[frame, :, :, half:].mean(axis=(1, 3))
    own_force = samples["force"].values[frame, :, :, half:].mean(axis=(1, 3))
    gap = samples["probe_energy"].values[:, :, half:].mean(axis=2) - own_energy
    difference = samples["probe_force"].values[:, :, half:].mean(axis=2) - own_force
    # the difference from noise alone: one chain against the mean of the others, all over the same time
    chains = samples["force"].values[frame, :, :, half:].mean(axis=3).astype(float)
    n = chains.shape[1]
    expected = np.sqrt(chains.var(axis=1, ddof=1).mean(axis=(2, 3)) * (1 + 1 / n))
    return {
        "probe_frame": samples["probe_frame"],
        "probe_energy_gap": variable(("probe", "rung"), gap, "kJ/mol"),
        "probe_force_noise": variable(("probe", "rung"), expected, "kJ/mol/nm"),
        "probe_force_difference": variable(
            ("probe", "rung"), np.sqrt((difference.astype(float) ** 2).mean(axis=(2, 3))), "kJ/mol/nm"
        ),
    }
