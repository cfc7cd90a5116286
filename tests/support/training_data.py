"""Small training sets of random beads for tests of architectures."""

from dataclasses import dataclass, replace

import numpy as np

from thermalcg.config.files import load_config
from thermalcg.models.expansion import Expansion
from thermalcg.models.spline.basis import SplineSettings
from thermalcg.models.spline.model import Spline
from thermalcg.models.training_data import Configurations, Source, Target, TrainingSet
from thermalcg.runtime.settings import from_section

BOX, N, T0 = 1.4, 30, 395.0
SMALL = {"pair_functions": 8, "triplet_radial": 2, "triplet_angular": 2, "ridge": 0.01}


def spline_settings(**changes):
    """Settings of the default configuration with some keys changed."""
    return from_section(SplineSettings, load_config({"spline": changes}).model_dump()["spline"])


SETTINGS = spline_settings(**SMALL)


@dataclass(frozen=True)
class Data:
    """A target and the configurations that it is about."""

    sites: Configurations
    target: Target

    def part(self, chosen):
        """Only the chosen configurations."""
        sites = replace(self.sites, position=self.sites.position[chosen], piece=self.sites.piece[chosen])
        return Data(sites, replace(self.target, value=self.target.value[chosen]))

    def cut(self, piece):
        """The same data in other pieces."""
        return replace(self, sites=replace(self.sites, piece=np.asarray(piece)))

    def weighted(self, *weights):
        return replace(self, target=replace(self.target, weights=np.array(weights, float)))


def sites(position, piece, source=T0, labelled=False):
    return Configurations(Source(source, labelled), position, np.asarray(piece))


def beads(frames, seed, n=N):
    """Random beads on a jittered lattice, shape (frames, n, 3)."""
    rng = np.random.default_rng(seed)
    grid = np.stack(np.meshgrid(*[np.arange(4)] * 3), axis=-1).reshape(-1, 3)[:n] / 4 * BOX
    return grid + rng.uniform(-0.06, 0.06, size=(frames, n, 3))


def forces(at, weights=(1.0,), seed=0):
    """Forces of a spline with random coefficients, and as much noise."""
    rng = np.random.default_rng(seed)
    model = Spline(rng.normal(size=(1, SETTINGS.functions)), SETTINGS)
    value = model.force_field(np.ones(1), BOX)(at.position)[1]
    value = value + value.std() * rng.normal(size=value.shape)
    scale = float(np.sqrt((value**2).mean()))
    return Data(at, Target("force", np.array(weights, float), 0, value, scale))


def energies(at, weights=(1.0,)):
    value = np.random.default_rng(1).normal(size=len(at.piece)) + 500.0
    return Data(at, Target("energy", np.array(weights, float), 0, value, float(value.std())))


def training_set(data):
    """One training set of several data; those with the same sites share them."""
    together, targets = [], []
    for one in data:
        known = [at for at, found in enumerate(together) if found is one.sites]
        if not known:
            together.append(one.sites)
        targets.append(replace(one.target, at=known[0] if known else len(together) - 1))
    kind = {1: "constant", 2: "linear", 3: "quadratic"}[len(targets[0].weights)]
    return TrainingSet(together, targets, Expansion(kind, T0), BOX)


def sources(n_labels=5, seed=8):
    """Forces and responses along a trajectory of six blocks, and labels at frames of their own."""
    trajectory = sites(beads(18, seed), np.repeat(np.arange(6), 3))
    labelled = sites(beads(n_labels, seed + n_labels), np.arange(n_labels), labelled=True)
    return {
        "force": forces(trajectory, [1], 1),
        "product": forces(trajectory, [1], 2),
        "label": forces(labelled, [1], 3),
        "label2": forces(labelled, [1], 4),
    }


def mode(data, *names):
    """The named data, each of one component."""
    return [data[name].weighted(*np.eye(len(names))[k]) for k, name in enumerate(names)]
