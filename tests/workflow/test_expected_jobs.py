"""The cost estimate and `make status` count the jobs that Snakemake plans."""

import pytest

from support.workplace import ROOT, Workplace
from thermalcg.config.files import read_config
from thermalcg.planning.estimate import expected_jobs
from thermalcg.planning.goals import EXTRAS


@pytest.fixture(scope="module")
def fresh(tmp_path_factory) -> Workplace:
    return Workplace(tmp_path_factory.mktemp("jobs") / "repository")


@pytest.mark.parametrize("preset", [None, "smoke", "paper"])
def test_the_expected_jobs_are_the_planned_ones(fresh, preset):
    files = ("config.yaml", *([f"resources/presets/{preset}.yaml"] if preset else []))
    planned = fresh.planned(configfiles=files)
    planned.pop("all")
    assert expected_jobs(read_config([ROOT / name for name in files])) == planned


@pytest.mark.parametrize("goal", EXTRAS)
def test_the_jobs_of_a_further_goal_are_the_planned_ones(fresh, goal):
    preset = f"resources/presets/{goal}.yaml"
    files = ("config.yaml", *([preset] if (ROOT / preset).is_file() else []))
    planned = fresh.planned(goal, configfiles=files)
    config = read_config([ROOT / name for name in files])
    study, both = expected_jobs(config), expected_jobs(config, [goal])
    further = {rule for rule, jobs in both.items() if jobs > study.get(rule, 0)}
    assert further
    for rule in further:
        assert planned[rule] == both[rule]
    unknown = set(planned) - set(both) - {goal, "all"}
    assert not unknown
