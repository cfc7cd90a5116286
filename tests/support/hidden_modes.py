"""A model system with hidden modes whose energy, entropy and heat capacity are known."""

import numpy as np
import xarray as xr

from thermalcg.models.expansion import Expansion
from thermalcg.models.names import ModelKey
from thermalcg.units import KB

T0, N = 400.0, 4
EXACT = ModelKey("exact", "trf1")


class HiddenModes:
    """N sites on springs, each with M hidden modes whose stiffness k(R) depends on the site.

    u = sum_i [ c R_i^2 / 2 + k(R_i) x_i.x_i / 2 ], k = k0 exp(2 R_i b / M).  Then W = sum_i [ c R_i^2 / 2
    + kB T b R_i ] up to a function of T: linear in T, <u>_R = c R^2 / 2 + M kB T / 2, and the
    conditional heat capacity is M kB / 2 a site, all of it in what no force shows.
    """

    c, b, modes = 900.0, 0.8, 5
    expansion = Expansion("linear", T0)

    def combination(self, position, box, weights):
        x = position[..., 0]
        spring, tilt = (0.5 * self.c * x**2).sum(axis=-1), (KB * self.b * x).sum(axis=-1)
        return weights[0] * (spring + T0 * tilt) + weights[1] * tilt, None

    def mean_energy(self, position, box, temperature):
        return self.combination(position, box, self.expansion.mean_energy(temperature))[0]

    def free_energy(self, position, box, temperature):
        return self.combination(position, box, self.expansion.values(temperature))[0]

    @classmethod
    def sample(cls, temperature, n, seed):
        """Sites from the exact marginal, energies with the hidden modes."""
        rng = np.random.default_rng(seed)
        kt = KB * temperature
        x = rng.normal(-kt * cls.b / cls.c, np.sqrt(kt / cls.c), (n, N))
        position = np.zeros((n, N, 3))
        position[..., 0] = x
        hidden = kt * rng.gamma(cls.modes / 2, 1.0, (n, N))
        return position, (0.5 * cls.c * x**2 + hidden).sum(axis=1)

    @classmethod
    def heat_capacity(cls):
        """Exact, of the box: six momenta, the spring and the hidden modes; dipole term by hand."""
        return N * KB * (3 + 0.5 + cls.modes / 2)

    @classmethod
    def energy(cls, temperature):
        kt = KB * temperature
        return N * (0.5 * kt + 0.5 * (kt * cls.b) ** 2 / cls.c + 0.5 * cls.modes * kt)


def mapped(temperature, n=40_000, seed=1):
    """A dataset ``mapped/{T}.nc`` of independent configurations."""
    position, energy = HiddenModes.sample(temperature, n, seed)
    return xr.Dataset(
        {"position": (("time", "bead", "axis"), position), "potential_energy": (("time",), energy)},
        attrs={"temperature_K": temperature, "box_nm": 5.0},
    )


def cg(temperature, runs=4, n=20_000):
    """A dataset ``cg/{arch}/{model}/{T}.nc`` of runs with the exact force field."""
    position = np.stack([HiddenModes.sample(temperature, n, int(temperature) + r)[0] for r in range(runs)])
    return cg_dataset(position, temperature, 5.0)


def cg_dataset(position, temperature, box):
    """A dataset ``cg/{arch}/{model}/{T}.nc`` of healthy runs with one member, from (run, time, N, 3)."""
    runs = len(position)
    return xr.Dataset(
        {
            "position": (("run", "time", "bead", "axis"), position),
            "healthy": (("run",), np.ones(runs, int)),
            "member": (("run",), np.zeros(runs, int)),
        },
        attrs={"temperature_K": temperature, "box_nm": box},
    )


def per_molecule(value):
    """From kJ/mol/K of the box to J/mol/K of a molecule."""
    return value / N * 1e3


def exact_heat_capacity(T):
    """Of the box, kJ/mol/K."""
    # the dipole term of the spring, (kT b)^2 / 2c, gives kB (b^2 kB T / c) more
    return HiddenModes.heat_capacity() + N * KB * HiddenModes.b**2 * KB * T / HiddenModes.c
