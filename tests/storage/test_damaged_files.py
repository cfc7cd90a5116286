"""Datasets, models, priors and tables that are damaged or foreign are refused by name."""

import json
import pickle
from functools import partial

import numpy as np
import pytest
import xarray as xr
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from thermalcg.config.files import load_config
from thermalcg.models.expansion import Expansion
from thermalcg.models.potential import FORMAT, ThermalPotential, load_ensemble, save_ensemble
from thermalcg.models.prior import Prior
from thermalcg.models.spline.basis import SplineSettings
from thermalcg.models.spline.model import Spline
from thermalcg.runtime.settings import from_section
from thermalcg.storage.conversion import VARIABLE_UNITS
from thermalcg.storage.datasets import read_dataset, variable, write_dataset
from thermalcg.storage.files import DatasetError
from thermalcg.storage.provenance import Provenance
from thermalcg.storage.tables import read_table

NAN, INF = float("nan"), float("inf")


def written(content):
    """A file of this text, whatever its name."""
    return lambda path: path.write_bytes(content if isinstance(content, bytes) else content.encode())


def truncated(make, kept):
    def cut(path):
        make(path)
        path.write_bytes(path.read_bytes()[: int(kept * path.stat().st_size)])

    return cut


def dataset(**values):
    """A dataset of two variables; one value replaced, or the variable left out (None)."""
    arrays = {"force": np.ones((50, 3)), "energy": np.ones(50)}
    for name, value in values.items():
        arrays[name].flat[7] = value
    dims = ("time", "axis")
    kept = {name: array for name, array in arrays.items() if values.get(name, 0) is not None}
    data = xr.Dataset(
        {name: variable(dims[: array.ndim], array, VARIABLE_UNITS[name]) for name, array in kept.items()}
    )
    return lambda path: write_dataset(data, path, PROVENANCE)


def model(tensors=None, **metadata):
    """An ensemble of two splines; tensors and metadata replaced, or tensors left out (None)."""
    members = 2 * [ThermalPotential(Spline(np.ones(SHAPE), SETTINGS), Expansion("linear", 395.0), PRIOR)]

    def write(path):
        save_ensemble(path, members, PROVENANCE, metadata)
        with safe_open(path, framework="numpy") as handle:
            kept = handle.metadata()
        mixed = load_file(path) | (tensors or {})
        save_file({name: value for name, value in mixed.items() if value is not None}, path, metadata=kept)

    return write


def noise(path):
    """Nearly all of the file is numbers that do not compress."""
    values = np.random.default_rng(0).normal(size=100_000)
    data = {
        "force": variable(("time",), values, "kJ/mol/nm"),
        "energy": variable(("time",), values, "kJ/mol"),
    }
    write_dataset(xr.Dataset(data), path, PROVENANCE)


def flipped(write, where):
    """One bit of the numbers is wrong, as on a disk that fails."""

    def damage(path):
        write(path)
        content = bytearray(path.read_bytes())
        content[int(where * len(content))] ^= 16
        path.write_bytes(content)

    return damage


def foreign(metadata=None):
    return lambda path: save_file({"weight": np.ones(3)}, path, metadata=metadata)


def prior(**values):
    return written(json.dumps(PRIOR.metadata() | values))


class Trap:
    """Pickled, it would raise on loading."""

    def __reduce__(self):
        return exec, ("raise SystemExit('a pickle was run')",)


PROVENANCE, PRIOR = Provenance("c0ffee", 7, "rule test"), Prior(1e-6, 12, 0.3)
SETTINGS = from_section(
    SplineSettings,
    load_config({"spline": {"triplet_radial": 1, "triplet_angular": 0}}).model_dump()["spline"],
)
SHAPE, FIRST = (2, SETTINGS.functions), "member0/coefficients"
READERS = {
    "300.nc": partial(read_dataset, required=("force", "energy")),
    "trf1.safetensors": load_ensemble,
    "prior.json": Prior.read,
    "speed.csv": partial(read_table, required=("what", "ratio")),
}
# how a file comes about, what is wrong with it
FILES = {
    "300.nc": [
        *((truncated(dataset(), kept), "not a readable NetCDF-4 file") for kept in (0, 0.01, 0.5, 0.99)),
        (written("time force energy"), "not a readable NetCDF-4 file (truncated?)"),
        (flipped(noise, 0.7), "not a readable NetCDF-4 file"),
        (dataset(energy=None), "variable 'energy' is missing; found: ['force']"),
        (dataset(force=NAN), "variable 'force' holds 1 values that are not finite"),
        (dataset(energy=-INF), "variable 'energy' holds 1 values that are not finite"),
    ],
    "trf1.safetensors": [
        *((truncated(model(), kept), "not a readable model file") for kept in (0, 0.001, 0.2, 0.5, 0.99)),
        (written("not a model"), "not a readable model file (truncated?)"),
        (written(pickle.dumps(Trap())), "not a readable model file (truncated?)"),
        (foreign(), f"format is None; expected '{FORMAT}'"),
        (foreign({"format": "pt"}), f"format is None; expected '{FORMAT}'"),
        (foreign({"thermalcg": "[]"}), f"format is None; expected '{FORMAT}'"),
        (model(format="other-0"), f"format is 'other-0'; expected '{FORMAT}'"),
        (model({FIRST: np.full(SHAPE, NAN)}), f"not finite: ['{FIRST}']"),
        (model({FIRST: np.full(SHAPE, INF)}), f"not finite: ['{FIRST}']"),
        (model({FIRST: np.ones((3, 8))}), "shape (3, 8); the settings ask for (2, 23)"),
        (model({FIRST: np.full(SHAPE, 1.5)}), "tensors are not those that were written"),
        (flipped(model(), 0.999), "tensors are not those that were written"),
        (model({FIRST: None}), "members is 2; there are tensors of ['member1']"),
        (model({FIRST: None, "member0/w": np.ones(3)}), "'coefficients' is missing"),
        (model(members=3), "members is 3; there are tensors of ['member0', 'member1']"),
        (model(architecture="painn"), "architecture is 'painn'; allowed: spline, hipnn_ts"),
        (model(settings={}), "'pair_cutoff_nm' is missing"),
        (model(expansion={"kind": "cubic", "reference": 395}), "expansion is 'cubic'; allowed: constant"),
        (model(expansion={"kind": "linear", "reference": NAN}), "is nan K; allowed: a number > 0"),
        (model(prior=PRIOR.metadata() | {"amplitude": NAN}), "amplitude of the prior is nan; allowed: "),
    ],
    "prior.json": [
        (written('{"amplitude": 1e-6, "expo'), "not a readable prior (truncated?)"),
        (written("[1, 2]"), "not a readable prior"),
        (written('{"amplitude": 1e-6, "exponent": 12}'), "'onset_nm' of the prior is missing"),
        (prior(amplitude=NAN), "amplitude of the prior is nan; allowed: a finite number >= 0"),
        (prior(onset_nm=-0.3), "onset_nm of the prior is -0.3; allowed: a finite number >= 0"),
        (prior(exponent="12"), "exponent of the prior is '12'; allowed: a finite number >= 0"),
    ],
    "speed.csv": [
        (written(""), "not a readable table (truncated?)"),
        (written("what,ratio\na,5,6\na,5,6,7\n"), "not a readable table (truncated?)"),
        (written("what,T\nspline,395\n"), "columns ['ratio'] are missing; found: ['what', 'T']"),
    ],
}


@pytest.mark.parametrize(
    ("name", "make", "said"),
    [
        *((name, *case) for name, cases in FILES.items() for case in cases),
        *((name, lambda path: None, "o such file") for name in FILES),
    ],
)
def test_a_bad_file_is_refused_by_name(tmp_path, name, make, said):
    make(tmp_path / name)
    with pytest.raises(DatasetError) as caught:
        READERS[name](tmp_path / name)
    assert str(caught.value).startswith(f"{tmp_path / name}: ")
    assert said in str(caught.value)
