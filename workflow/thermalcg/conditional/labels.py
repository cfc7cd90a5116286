"""Labels from conditional samples: mean force, its first and second response, mean energy.

The formulas are those of ``response``, each at the temperature of a rung, from that rung's samples
or from those of all rungs reweighted by MBAR.  Errors come from a jackknife over blocks of all
chains, widened where the chains differ by more than their blocks do.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import xarray as xr

from thermalcg.response.formulas import covariance_response, covariance_second_response
from thermalcg.statistics import effective_sample_size, jackknife, split_rhat
from thermalcg.storage.datasets import variable

from .mbar import mbar_weights

#: Blocks in each chain.
BLOCKS = 4


def chain_blocks(n_chains: int, n_samples: int) -> list[np.ndarray]:
    """Indices of the blocks of all chains, in samples (chain, sample) made flat."""
    chains = np.split(np.arange(n_chains * n_samples), n_chains)
    return [b for chain in chains for b in np.array_split(chain, BLOCKS)]


def _flat(force: np.ndarray, energy: np.ndarray, weights: np.ndarray | None) -> tuple[np.ndarray, ...]:
    """Samples of all chains in one line, in double precision, and their weights."""
    n = energy.shape[0] * energy.shape[1]
    f, e = (x.reshape(n, *x.shape[2:]).astype(float) for x in (force, energy))
    return f, e, np.ones(n) if weights is None else weights.reshape(-1)


def trf_label(
    force: np.ndarray, energy: np.ndarray, temperature: float, weights: np.ndarray | None = None
) -> np.ndarray:
    """F' of one frame alone, as in ``label_rung``: from all chains, its 1/n bias removed.

    Args:
        force: kJ/mol/nm, shape (chain, sample, bead, 3).
        energy: kJ/mol, shape (chain, sample), or (chain, sample, bead) where each bead has its own.
        weights: of the samples at ``temperature``, shape (chain, sample); equal if None.
    """
    f, e, w = _flat(force, energy, weights)
    return jackknife(
        chain_blocks(*energy.shape[:2]), lambda i: covariance_response(f[i], e[i], temperature, w[i])
    )[0]


def label_rung(
    force: np.ndarray, energy: np.ndarray, temperature: float, weights: np.ndarray | None = None
) -> dict[str, np.ndarray]:
    """Labels of one frame at one temperature.

    Args:
        force: kJ/mol/nm, shape (chain, sample, bead, 3), in the order of time.
        energy: kJ/mol, shape (chain, sample).
        weights: of the samples at ``temperature``, shape (chain, sample); equal if None.

    Returns:
        ``mean_force``, ``trf``, ``trf2``, ``mean_energy``, each with ``_se``; ``chain_mean_force``
        and ``chain_trf``, shape (chain, bead, 3), each chain on its own.
    """
    n_chains, n_samples = energy.shape
    if n_samples < BLOCKS:
        raise ValueError(f"{n_samples} samples a chain; at least {BLOCKS} are needed for block errors")
    flat_force, flat_energy, flat_weights = _flat(force, energy, weights)
    blocks = chain_blocks(n_chains, n_samples)
    chains = np.split(np.arange(n_chains * n_samples), n_chains)

    def by_chain(estimate) -> tuple[np.ndarray, np.ndarray]:
        """Each chain's estimate, and how its scatter compares with its block errors."""
        pairs = [jackknife(np.array_split(c, BLOCKS), estimate) for c in chains]
        values, errors = (np.stack(x) for x in zip(*pairs, strict=True))
        if n_chains < 2:
            return values, 1.0
        between = values.var(axis=0, ddof=1).mean()
        return values, float(np.sqrt(max(1.0, between / max((errors**2).mean(), 1e-300))))

    result = {}
    estimates = {
        "mean_force": lambda i: np.average(flat_force[i], axis=0, weights=flat_weights[i]),
        "trf": lambda i: covariance_response(flat_force[i], flat_energy[i], temperature, flat_weights[i]),
        "trf2": lambda i: covariance_second_response(
            flat_force[i], flat_energy[i], temperature, flat_weights[i]
        ),
        "mean_energy": lambda i: np.average(flat_energy[i], weights=flat_weights[i]),
    }
    for name, estimate in estimates.items():
        value, error = jackknife(blocks, estimate)
        values, widening = by_chain(estimate)
        result |= {name: value, f"{name}_se": error * widening}
        if name in ("mean_force", "trf"):
            result[f"chain_{name}"] = values
    return result


def count_round_trips(walker: np.ndarray) -> int:
    """Trips of walkers from the lowest rung to the highest and back, walker of shape (rung, sample)."""
    n_rungs = walker.shape[0]
    if n_rungs < 2:
        return 0
    trips = 0
    for w in range(n_rungs):
        rung = np.argmax(walker == w, axis=0)
        ends = rung[(rung == 0) | (rung == n_rungs - 1)]
        turns = np.flatnonzero(np.diff(ends) != 0)
        trips += len(turns) // 2
    return trips


def labels_at(
    force: np.ndarray, energy: np.ndarray, temperatures: np.ndarray, weights: np.ndarray
) -> list[dict[str, np.ndarray]]:
    """Labels of one frame at any temperatures in the range of its rungs, from the samples of all rungs.

    Args:
        force: kJ/mol/nm, shape (chain, rung, sample, bead, 3).
        energy: kJ/mol, shape (chain, rung, sample).
        temperatures: K, shape (target,).
        weights: of ``mbar_weights`` at these temperatures, shape (target, chain, rung, sample).

    Returns:
        For each temperature what ``label_rung`` returns; the jackknife keeps the weights fixed, so that their
        own error is left out.
    """
    pooled_forces, pooled_energies = by_time(force), by_time(energy)
    return [
        label_rung(pooled_forces, pooled_energies, float(T), by_time(w))
        for T, w in zip(temperatures, weights, strict=True)
    ]


def label_batches(
    batches: Iterable[xr.Dataset], split: np.ndarray, estimator: str, rhat_limit: float
) -> xr.Dataset:
    """Labels of all frames of a temperature, one batch in memory at a time; see ``label_frames``."""
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
        The dataset ``labels/{T}.nc`` of ``workflow/README.md``.
    """
    rungs = samples["rung"].values
    n_frames = samples.sizes["frame"]
    collected: dict[str, list] = {}
    for frame in range(n_frames):
        rows: dict[str, list] = {}
        all_forces, all_energies = samples["force"].values[frame], samples["energy"].values[frame]
        if estimator == "mbar":
            labels = labels_at(all_forces, all_energies, rungs, mbar_weights(all_energies, rungs))
        else:
            labels = [label_rung(all_forces[:, k], all_energies[:, k], float(T)) for k, T in enumerate(rungs)]
        for k, row in enumerate(labels):
            force, energy = all_forces[:, k], all_energies[:, k]
            row["rhat_energy"] = split_rhat(energy)
            row["rhat_force"] = np.percentile(split_rhat(force, method="split"), 95)
            row["ess_energy"] = effective_sample_size(energy)
            for name, value in row.items():
                rows.setdefault(name, []).append(value)
        for name, values in rows.items():
            axis = 1 if name.startswith("chain_") else 0
            collected.setdefault(name, []).append(np.stack(values, axis=axis))
        walker = samples["walker"].values[frame]
        collected.setdefault("round_trips", []).append([count_round_trips(w) for w in walker])
    units = {"force": "kJ/mol/nm", "trf2": "kJ/mol/nm/K2", "trf": "kJ/mol/nm/K", "energy": "kJ/mol"}
    dims = {
        "mean_force": ("frame", "rung", "bead", "axis"),
        "trf": ("frame", "rung", "bead", "axis"),
        "trf2": ("frame", "rung", "bead", "axis"),
        "chain_mean_force": ("frame", "chain", "rung", "bead", "axis"),
        "chain_trf": ("frame", "chain", "rung", "bead", "axis"),
        "round_trips": ("frame", "chain"),
    }
    data = {}
    for name, values in collected.items():
        base = name.removesuffix("_se")
        counts = name.startswith(("rhat", "ess", "round"))
        unit = "1" if counts else next(u for key, u in units.items() if key in base)
        data[name] = variable(dims.get(base, ("frame", "rung")), np.array(values), unit)
    good = np.maximum(data["rhat_energy"].values, data["rhat_force"].values) < rhat_limit
    data["converged"] = variable(("frame", "rung"), good.astype(np.int8), "1")
    if "probe_energy" in samples:
        data |= _probe_labels(samples, first)
    data["acceptance"] = samples["acceptance"]
    data["site_position"] = samples["site_position"]
    data["split"] = variable(("frame",), np.asarray(split, np.int8), "1")
    return xr.Dataset(data, coords={"rung": samples["rung"]}, attrs=dict(samples.attrs))


def by_time(values: np.ndarray) -> np.ndarray:
    """(chain, rung, sample, ...) to (chain, sample * rung, ...), the rungs of one time together."""
    swapped = np.swapaxes(values, 1, 2)
    return swapped.reshape(swapped.shape[0], -1, *values.shape[3:])


def _probe_labels(samples: xr.Dataset, first: int) -> dict[str, xr.DataArray]:
    """How far chains from melted orientations are from the frame's own, at the end of the run."""
    frame = samples["probe_frame"].values.astype(int) - first
    # the last half: the question is whether they have met by then
    half = samples.sizes["sample"] // 2
    own_energy = samples["energy"].values[frame, :, :, half:].mean(axis=(1, 3))
    own_force = samples["force"].values[frame, :, :, half:].mean(axis=(1, 3))
    gap = samples["probe_energy"].values[:, :, half:].mean(axis=2) - own_energy
    difference = samples["probe_force"].values[:, :, half:].mean(axis=2) - own_force
    # what noise alone gives: one chain against the mean of the others, all over the same time
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
