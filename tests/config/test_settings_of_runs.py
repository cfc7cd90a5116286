"""Settings of runs have the keys of the sections of the configuration, and no defaults of their own."""

import inspect
from dataclasses import MISSING, fields

import pytest

from thermalcg.analysis.claims import Thresholds
from thermalcg.atomistic.nvt import AllAtomSettings
from thermalcg.atomistic.stretches import StretchSettings
from thermalcg.atomistic.water import WaterBox
from thermalcg.cg.langevin import CGSettings
from thermalcg.conditional.sampler import ConditionalSettings
from thermalcg.config.files import load_config

CONFIG = load_config({}).model_dump()

#: The dataclass, its section, and what only one of the two has.
MIRRORS = [
    (AllAtomSettings, "all_atom", set(), set()),
    (Thresholds, "claims", set(), set()),
    (CGSettings, "cg_md", set(), {"runs", "modes", "engine"}),
    # the run's length is one of two keys, and the highest temperature melts
    (
        ConditionalSettings,
        "conditional",
        {"production_ps", "melt_K"},
        {"ladder_K", "response_span", "mean_force_span", "response_ps", "mean_force_ps", "rhat_limit",
         "probe_frames", "estimator", "batch_frames"},
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "section", "own", "others"), MIRRORS, ids=lambda x: getattr(x, "__name__", "")
)
def test_a_run_is_set_by_all_keys_of_its_section(kind, section, own, others):
    names = {field.name for field in fields(kind)}
    assert names - own == set(CONFIG[section]) - others
    assert own <= names
    # a default would be a second one
    assert all(field.default is MISSING for field in fields(kind))


def test_stretches_are_set_by_keys_of_the_section_of_the_dynamics():
    names = {field.name for field in fields(StretchSettings)}
    assert names <= set(CONFIG["dynamics"])
    assert all(f.default is MISSING for f in fields(StretchSettings))


def test_a_box_is_made_of_all_keys_of_its_section():
    assert list(inspect.signature(WaterBox.of).parameters) == list(CONFIG["water"])
    box = WaterBox.of(**CONFIG["water"])
    assert box.edge == load_config({}).box_nm
    assert (box.molecules, box.cutoff) == (CONFIG["water"]["molecules"], CONFIG["water"]["cutoff_nm"])
