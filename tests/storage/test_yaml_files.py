"""YAML as files and texts: the core schema of version 1.2."""

import math

import pytest

from thermalcg.storage.yaml_files import YamlError, as_yaml, parse_yaml, read_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e6", 1e6),
        ("1e-3", 1e-3),
        ("1.0e9", 1e9),
        ("298.15", 298.15),
        ("010", 10),
        ("0o10", 8),
        ("300", 300),
        ("true", True),
        ("null", None),
        ("~", None),
        ("", None),
        (".inf", math.inf),
        # words, of which YAML 1.1 makes truth values, times and dates
        *((word, word) for word in ("no", "off", "on", "yes", "1:30", "2026-01-01", "=")),
        ("[1e3, no, {a: off}]", [1000.0, "no", {"a": "off"}]),
    ],
)
def test_values(text, value):
    found = parse_yaml(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb: 2\na: 3\n", "line 3: the key 'a' is given twice"),
        ("{1: a, 1: b}", "line 1: the key 1 is given twice"),
        ("a: {[b]: 1}", "line 1: a key is a list or a mapping"),
        ("a: 1\nb: [1\nc: 2\n", "line 3: "),
        ("!!python/object/apply:os.system ['true']", "line 1: "),
        ("--- 1\n--- 2\n", "line 2: "),
        ("a: \x00", ""),
    ],
)
def test_what_is_not_valid_is_said_in_one_line(text, said):
    with pytest.raises(YamlError) as caught:
        parse_yaml(text)
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)


def test_a_file_is_named(tmp_path):
    with pytest.raises(YamlError, match=r"absent\.yaml: not a readable file: "):
        read_yaml(tmp_path / "absent.yaml")
    (tmp_path / "own.yaml").write_text("a: [1\n")
    with pytest.raises(YamlError, match=r"own\.yaml: not valid YAML: line "):
        read_yaml(tmp_path / "own.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"a: \xe9\n")
    with pytest.raises(YamlError, match=r"latin\.yaml: not a readable file: "):
        read_yaml(tmp_path / "latin.yaml")


def test_values_written_are_read_back():
    value = {"z": ["1e6", "no", "010", "~", "2026-01-01", "x: y", ""], "a": {"n": [1, 2.5, 1e6, True, None]}}
    assert parse_yaml(as_yaml(value)) == value
    assert list(parse_yaml(as_yaml(value))) == ["z", "a"]
