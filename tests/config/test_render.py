"""What is rendered from the declarations of the keys, and the short config.yaml beside it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from snakemake.utils import update_config

from support.configurations import ROOT, changed, default, message
from thermalcg.config.files import load_config, read_config
from thermalcg.config.messages import subsection
from thermalcg.config.render import default_yaml, json_schema, main
from thermalcg.config.study import Config
from thermalcg.storage.yaml_files import read_yaml

PRESETS = sorted((ROOT / "resources" / "presets").glob("*.yaml"))
SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.json"
REMAKE = f"python -m thermalcg.config.render --write-schema {SCHEMA.relative_to(ROOT)}"


def preset(path: Path) -> dict[str, Any]:
    """The default with the preset on top, merged as Snakemake merges two --configfile."""
    merged = default()
    update_config(merged, read_yaml(path))
    return merged


def leaves(raw: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    found = {}
    for key, value in raw.items():
        found |= leaves(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value}
    return found


def test_default_file_holds_the_defaults():
    assert load_config(default()) == load_config({}) == Config()


@pytest.mark.parametrize("path", PRESETS, ids=lambda path: path.stem)
def test_preset_loads_and_holds_only_differences(path):
    # the benchmark of estimators goes on top of the default study
    assert load_config(preset(path)).study == (
        "default" if path.stem in ("estimators", "dynamics") else path.stem
    )
    jsonschema.validate(preset(path), json.loads(json_schema()))
    defaults = leaves(default())
    same = [key for key, value in leaves(read_yaml(path)).items() if defaults[key] == value]
    # the reference temperature stays beside the temperatures that are chosen around it
    assert set(same) <= {"temperatures.reference_K"}


def test_presets_are_found():
    assert {path.stem for path in PRESETS} >= {"smoke", "paper", "estimators"}


def test_config_yaml_holds_defaults_and_few_keys():
    shown, defaults = leaves(read_yaml(ROOT / "config.yaml")), leaves(default())
    assert shown == {key: defaults[key] for key in shown}
    assert 20 <= len(shown) <= 32


def test_other_temperatures_take_only_keys_of_config_yaml(tmp_path):
    text = (ROOT / "config.yaml").read_text()
    for old, new in (
        ("reference_K: 395", "reference_K: 350.5"),
        ("held_out_K: [250, 300, 625, 700]", "held_out_K: [298.15, 420]"),
        ("multi_K: [300, 395, 700]", "multi_K: [298.15, 350.5, 420]"),
        (
            "[250, 275, 300, 330, 360, 395, 440, 495, 555, 625, 700]",
            "[298.15, 324, 350.5, 385, 420, 470, 520]",
        ),
        ("held_out_K: [300, 700]", "held_out_K: [420]"),
        ("temperatures_K: [300, 395, 625]", "temperatures_K: [298.15, 350.5, 420]"),
    ):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    own = tmp_path / "own.yaml"
    own.write_text(text)
    assert read_config([own]).frozen_K == 298.15


def shown_keys() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Dotted name, comment and JSON schema of every key of config.yaml."""
    section, prefix = Config, ""
    for line in (ROOT / "config.yaml").read_text().splitlines():
        if not (found := re.match(r"( *)(\w+):", line)):
            continue
        if not found[1]:
            section, prefix = Config, ""
        if nested := subsection(section.model_fields[found[2]]):
            section, prefix = nested, f"{found[2]}."
        else:
            schema = section.model_json_schema()["properties"][found[2]]
            yield prefix + found[2], line.partition(" # ")[2], schema


def stated_range(comment: str) -> dict[str, float]:
    """Bounds that a comment of config.yaml names, by their names in a JSON schema.

    "a to b" names both, "up to b" leaves out zero. Half the box is a bound that no schema can hold.
    """
    number = r"\d+(?:\.\d+)?(?:e\d+)?"
    found = re.search(rf"; (up|{number}) to ({number}|half the box)", comment)
    if not found:
        return {}
    low, high = found.groups()
    bounds = {"exclusiveMinimum": 0.0} if low == "up" else {"minimum": float(low)}
    return bounds if high == "half the box" else bounds | {"maximum": float(high)}


BOUNDS = ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum")


def held_range(schema: dict[str, Any]) -> dict[str, float]:
    """Bounds of a number, or of the numbers of a list, in the schema of its key."""
    number = schema.get("anyOf", [schema])[0]
    return {name: float(number[name]) for name in BOUNDS if name in number}


@pytest.mark.parametrize(
    ("comment", "bounds"),
    [
        ("in the cubic box; 8 to 100000", {"minimum": 8, "maximum": 1e5}),
        ("the same [g/cm3]; 0.1 to 2", {"minimum": 0.1, "maximum": 2}),
        ("length [ps]; up to 1e6", {"exclusiveMinimum": 0, "maximum": 1e6}),
        ("range [nm]; up to half the box, or box", {"exclusiveMinimum": 0}),
        ("cutoff [nm]; 0.4 to half the box", {"minimum": 0.4}),
        ("where they are tested [K]; three or more", {}),
        ("results go to results/<study>/; letters", {}),
    ],
)
def test_a_range_is_read_from_its_comment(comment, bounds):
    assert stated_range(comment) == bounds


def test_ranges_in_config_yaml_are_those_of_the_schema():
    checked = 0
    for key, comment, schema in shown_keys():
        if not (held := held_range(schema)):
            continue
        checked += 1
        if "half the box" in comment:
            # the schema's own bound is of boxes of any size
            del held["maximum"]
        assert stated_range(comment) == held, f"{key}: {comment}"
    assert checked > 15


def test_decimals_and_lists_in_config_yaml_are_those_of_the_schema_and_of_the_checks():
    shown = {key: (comment, schema) for key, comment, schema in shown_keys()}
    comment, reference = shown["temperatures.reference_K"]
    assert f"up to {reference['decimals']} decimals" in comment
    comment, held_out = shown["temperatures.held_out_K"]
    assert comment.endswith("the same range")
    assert held_range(held_out["items"]) == held_range(reference)
    assert shown["temperatures.multi_K"][0].endswith("three or more")
    load_config(changed({"temperatures.multi_K": [300, 395, 700]}))
    assert "allowed: three or more" in message(changed({"temperatures.multi_K": [300, 700]}))


def test_words_in_config_yaml_are_those_of_the_schema():
    checked = 0
    for key, comment, schema in shown_keys():
        if words := schema.get("enum"):
            checked += 1
            # "com (centre of mass) or oxygen" after a colon
            listed = re.sub(r" \([^)]*\)", "", comment.rpartition(": ")[2])
            assert re.split(r", | or ", listed) == words, f"{key}: {comment}"
    assert checked == 3


def test_config_yaml_says_the_unit_of_every_key_that_has_one():
    for key, comment, schema in shown_keys():
        if unit := schema["unit"]:
            assert f"[{unit}]" in comment, key


@pytest.mark.parametrize("path", [ROOT / "config.yaml", *PRESETS], ids=lambda path: path.stem)
def test_configuration_files_name_their_schema(path):
    named = re.match(r"# yaml-language-server: \$schema=(\S+)\n", path.read_text())
    assert (path.parent / named[1]).resolve() == SCHEMA


def test_the_file_with_every_key_holds_the_defaults(tmp_path):
    written = tmp_path / "all.yaml"
    written.write_text(default_yaml())
    assert read_yaml(written) == default()
    assert read_config([written]) == Config()


def test_a_published_configuration_is_read():
    published = ROOT / "results" / "reference" / "default" / "config.yaml"
    assert read_config([published]).study == "default"


def test_schema_is_rendered_from_the_models():
    assert SCHEMA.read_text() == json_schema(), f"run: {REMAKE}"


def test_the_schema_tells_editors_meaning_unit_reason_default_and_bounds():
    field = json.loads(json_schema())["$defs"]["Water"]["properties"]["cutoff_nm"]
    assert field["description"].startswith("Cutoff of Lennard-Jones")
    assert f" [nm]. {field['provenance']}." in field["description"]
    assert (field["default"], field["minimum"], field["maximum"]) == (0.6, 0.4, 2)


def test_schema_accepts_the_default_and_rejects_a_stray_key():
    schema = json.loads(json_schema())
    jsonschema.validate(default(), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(changed({"water.colour": 1}), schema)


def test_main_prints_every_key_where_nothing_is_to_be_written(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["render"])
    main()
    assert capsys.readouterr().out == default_yaml()


def test_main_writes_both_files(tmp_path, monkeypatch):
    yaml_path, schema_path = tmp_path / "config.yaml", tmp_path / "schema.json"
    monkeypatch.setattr(
        "sys.argv", ["config", "--write-default", str(yaml_path), "--write-schema", str(schema_path)]
    )
    main()
    assert yaml_path.read_text() == default_yaml()
    assert schema_path.read_text() == json_schema()


def test_every_key_is_documented():
    nested = [subsection(field) for field in Config.model_fields.values()]
    for section in [Config, *filter(None, nested)]:
        assert section.__doc__
        for name, field in section.model_fields.items():
            if not subsection(field):
                assert field.description, name
                assert set(field.json_schema_extra) - {"decimals"} == {"unit", "provenance"}, name
                assert field.json_schema_extra["provenance"], name
