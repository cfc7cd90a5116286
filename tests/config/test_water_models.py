"""A file of a water model that cannot be used is refused by the configuration that names it."""

import json

import pytest

from support.configurations import changed, message
from thermalcg.atomistic import water
from thermalcg.storage.yaml_files import read_yaml

NAN, INF = float("nan"), float("inf")

# of a file like spce.yaml: key, value, what is allowed
WATER_VALUES = [
    ("mass_oxygen_amu", True, "a number > 0"),
    ("mass_oxygen_amu", NAN, "a number > 0"),
    ("mass_hydrogen_amu", INF, "a number > 0"),
    ("oh_bond_nm", -0.1, "a number > 0"),
    ("oh_bond_nm", 5, "a number > 0 and <= 0.2"),
    ("mass_oxygen_amu", 1e300, "a number > 0 and <= 1000"),
    ("lj_sigma_nm", 10, "a number > 0 and <= 1"),
    ("charge_hydrogen_e", 100, "a number > 0 and <= 2"),
    ("hoh_angle_deg", 180, "a number > 0 and < 180"),
    ("charge_hydrogen_e", -0.4238, "a number > 0"),
    ("lj_sigma_nm", "3.2e-1", "a number > 0"),
    ("lj_epsilon_kj_mol", None, "a number > 0"),
    ("om_distance_nm", -0.015, "a number >= 0"),
    ("om_distance_nm", 0.15, "less than 0.05774, the distance from the oxygen to the midpoint"),
    ("name", 3, "text"),
]
WATER_FILES = [
    pytest.param("name: own\n", "missing keys ['charge_hydrogen_e', ", id="missing keys"),
    # the oxygen balances the hydrogens
    pytest.param("charge_oxygen_e: -0.9\n", "unknown keys ['charge_oxygen_e']; allowed: ", id="unknown key"),
    pytest.param("name: [own\n", "not a readable YAML file: ", id="malformed"),
    pytest.param("- name: own\n", "is not a water model; allowed: a mapping with ['name', ", id="a list"),
    pytest.param("", "None is not a water model; allowed: a mapping", id="empty"),
]


def as_yaml(values):
    """JSON is YAML, but for the names of what is not finite."""
    text = json.dumps(values)
    return text.replace("NaN", ".nan").replace("Infinity", ".inf")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        *(
            pytest.param(
                as_yaml(read_yaml(water.MODEL_FOLDER / "spce.yaml") | {key: value}),
                f"{key} is {value!r}; allowed: {allowed}",
                id=f"{key}={value}",
            )
            for key, value, allowed in WATER_VALUES
        ),
        *WATER_FILES,
    ],
)
def test_a_bad_water_model_is_explained_on_one_line(tmp_path, text, said):
    own = tmp_path / "own.yaml"
    own.write_text(text)
    line = message(changed({"water.model": str(own)}))
    assert len(line.splitlines()) == 1
    assert line.startswith(f"water.model is {str(own)!r}; own.yaml: ")
    assert said in line
