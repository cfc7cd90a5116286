"""Label datasets of a known force, with the noise of chains."""

import numpy as np
import xarray as xr

RUNGS = np.array([300.0, 400.0, 500.0])


class Model:
    """A stand-in for a potential: force and response are multiples of the positions."""

    def __init__(self, force=1.0, response=1.0):
        self.force, self.response = force, response

    def mean_force(self, position, box, temperature):
        return self.force * position * temperature

    def thermal_response(self, position, box, temperature):
        return self.response * position


def label_dataset(seed=4, temperature=400.0, frames=6, beads=5, flagged=()):
    """Labels of ``Model()`` with chain noise; whatever should not be read is NaN.

    Frames ``flagged`` have not converged at their own rung; none has at the other rungs.
    """
    rng = np.random.default_rng(seed)
    position = rng.normal(size=(frames, beads, 3))
    split = np.array([0] * (frames // 2) + [1] * (frames - frames // 2))
    chains = {"chain_mean_force": position * temperature, "chain_trf": position}
    converged = np.zeros((frames, 3), np.int8)
    converged[:, 1] = ~np.isin(np.arange(frames), flagged)
    variables = {
        "site_position": (("frame", "bead", "axis"), position),
        "split": ("frame", split),
        "converged": (("frame", "rung"), converged),
    }
    for name, truth in chains.items():
        values = np.full((frames, 2, 3, beads, 3), np.nan)
        values[:, :, 1] = truth[:, None] + rng.normal(size=(frames, 2, beads, 3))
        values[split == 0] = np.nan
        variables[name] = (("frame", "chain", "rung", "bead", "axis"), values)
        pooled = name.removeprefix("chain_")
        variables[pooled] = (("frame", "rung", "bead", "axis"), values.mean(axis=1))
        variables[f"{pooled}_se"] = (("frame", "rung", "bead", "axis"), values.std(axis=1))
    return xr.Dataset(variables, {"rung": RUNGS}, {"temperature_K": temperature, "box_nm": 1.5})
