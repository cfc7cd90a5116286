"""The cost estimate and `make status` count the jobs that Snakemake plans."""

import pytest

from support.workplace import ROOT, Workplace
from thermalcg.config.files import read_config
from thermalcg.planning.stages import expected_jobs
from thermalcg.planning.targets import TARGETS


@pytest.fixture(scope="module")
def fresh(tmp_path_factory) -> Workplace:
    return Workplace(tmp_path_factory.mktemp("jobs") / "repository")


@pytest.mark.parametrize("preset", [None, "smoke", "paper"])
def test_the_expected_jobs_are_the_planned_ones(fresh, preset):
    files = ("config.yaml", *([f"resources/presets/{preset}.yaml"] if preset else []))
    planned = fresh.planned(configfiles=files)
    planned.pop("all")
    assert expected_jobs(read_config([ROOT / name for name in files])) == planned


@pytest.mark.parametrize("target", TARGETS)
def test_the_jobs_of_a_further_target_are_the_planned_ones(fresh, target):
    files = ("config.yaml", f"resources/presets/{target}.yaml")
    planned = fresh.planned(target, configfiles=files)
    config = read_config([ROOT / name for name in files])
    study = expected_jobs(config)
    further = expected_jobs(config, {target: TARGETS[target]})
    assert further
    for rule, jobs in further.items():
        assert planned[rule] == jobs + study.get(rule, 0)
    unknown = set(planned) - set(study) - set(further) - {target, "all"}
    assert not unknown
