"""A study of the user's own trajectories: what it needs, and what it cannot do."""

import pytest

from support.configurations import changed, message
from thermalcg.config.files import load_config

#: One temperature, and what follows from it alone.
OWN = {
    "system": {"kind": "trajectory", "runs": ["395.yaml"]},
    "temperatures": {"reference_K": 395, "held_out_K": [], "multi_K": []},
    "models": {"spline": ["baseline", "trf1"], "hipnn_ts": []},
    "dynamics": {"architectures": []},
}


def test_one_temperature_and_the_modes_that_are_asked_for_are_enough():
    config = load_config(OWN)
    assert not config.simulates_water
    assert config.temperatures.all_K == [395]
    assert load_config(OWN | {"models": {"spline": ["baseline"], "hipnn_ts": []}}).model_names("spline") == [
        "baseline"
    ]


def test_temperatures_need_be_no_rungs_of_a_ladder_that_is_not_climbed():
    own = OWN | {"temperatures": {"reference_K": 311, "held_out_K": [333.5], "multi_K": []}}
    own |= {"system": {"kind": "trajectory", "runs": ["a.yaml", "b.yaml"]}}
    assert load_config(own).temperatures.all_K == [311, 333.5]


#: An OpenMM System of a cold liquid.
SYSTEM = {"kind": "openmm", "force_field": "s.xml", "coordinates": "s.pdb", "mapping": "m.yaml"}
OPENMM = OWN | {"system": SYSTEM, "temperatures": {"reference_K": 90, "held_out_K": [80.5], "multi_K": []}}


def test_an_own_system_needs_its_files_and_may_have_any_temperature():
    config = load_config(OPENMM)
    assert config.simulates
    assert not config.simulates_water
    assert config.temperatures.all_K == [80.5, 90]
    assert config.system.density_g_cm3 == "box"
    assert not load_config(OWN).simulates


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"system": {"kind": "openmm"}}, "system.force_field is 'none'; allowed: the path of the XML file"),
        ({"system": SYSTEM | {"mapping": ""}}, "system.mapping is ''; allowed: the path of a mapping file"),
        ({"system": SYSTEM | {"runs": ["a.yaml"]}}, "system.runs is ['a.yaml']; allowed: [] for system.kind"),
        (
            {"system": SYSTEM | {"density_g_cm3": 0}},
            "system.density_g_cm3 is 0; allowed: a number > 0 and <= 30",
        ),
        ({"all_atom": {"production_ps": 0.4}}, "all_atom.production_ps is 0.4; allowed: at least 0.64 ps"),
        ({"all_atom": {"production_ps": 80.8}}, "allowed: at most 10, the frames of all_atom.production_ps"),
        ({"temperatures": {"reference_K": -3}}, "temperatures.reference_K is -3; allowed: a number > 0"),
    ],
)
def test_what_an_own_system_cannot_be_is_refused(keys, words):
    assert words in message(OPENMM | keys)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"system": {"kind": "trajectory"}}, "system.runs is []; allowed: one run file for each temperature"),
        (
            {"system": {"kind": "trajectory", "runs": ["a.yaml"] * 2}},
            "system.runs is ['a.yaml', 'a.yaml']; allowed",
        ),
        (
            {"models": {"spline": ["trf1_conditional"], "hipnn_ts": []}},
            "modes without trf1_conditional, which need",
        ),
        ({"dynamics": {}}, "dynamics.architectures is ['spline']; allowed: []"),
        ({"system": {"kind": "gas"}}, "system.kind is 'gas'; allowed: one of water, trajectory"),
        ({"cg_md": {"timestep_fs": 50}}, "cg_md.timestep_fs is 50"),
    ],
)
def test_what_cannot_be_is_refused(keys, words):
    assert words in message(OWN | keys)


def test_a_radius_is_for_trajectories_with_energies_of_molecules():
    assert load_config(OWN | {"response": {"radius_nm": 0.4}}).response.radius_nm == 0.4


def test_water_keeps_its_claims():
    assert "temperatures.held_out_K is []" in message(changed({"temperatures.held_out_K": []}))
