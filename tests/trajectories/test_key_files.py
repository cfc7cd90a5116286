"""Keys of YAML files: a line for each that is wrong."""

from typing import Literal

import pytest
from pydantic import Field

from thermalcg.storage.files import DatasetError
from thermalcg.trajectories.key_files import Keys, read_keys


class Leg(Keys):
    length: float = Field(gt=0)
    colour: Literal["red", "blue"] = "red"


class Table(Keys):
    name: str
    legs: list[Leg] = Field(min_length=3)
    drawer: Leg | None = None
    weights: Literal["equal"] | list[float] = "equal"


GOOD = "name: t\nlegs: [{length: 1}, {length: 2.5, colour: blue}, {length: 3}]\n"


def message(tmp_path, text):
    path = tmp_path / "table.yaml"
    path.write_text(text)
    with pytest.raises(DatasetError) as caught:
        read_keys(path, Table)
    lines = str(caught.value).splitlines()
    assert all(line.startswith(f"{path}: ") for line in lines)
    return [line.removeprefix(f"{path}: ") for line in lines]


def test_good_keys(tmp_path):
    path = tmp_path / "table.yaml"
    path.write_text(GOOD)
    table = read_keys(path, Table)
    assert (table.name, table.legs[1].length, table.legs[1].colour, table.drawer) == ("t", 2.5, "blue", None)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (GOOD.replace("2.5", "-1"), "legs[1].length is -1; allowed: a number > 0"),
        (
            GOOD.replace("2.5", "'2'"),
            "legs[1].length is '2'; allowed: a number > 0 (this is text: leave out the quotes)",
        ),
        (GOOD.replace("blue", "pink"), "legs[1].colour is 'pink'; allowed: one of red, blue"),
        (
            GOOD.replace("colour", "color"),
            "legs[1].color is not a key; did you mean colour? allowed: length, colour",
        ),
        (GOOD.replace("name: t", "title: t"), "name is missing; allowed: text"),
        (GOOD + "drawer: {colour: red}", "drawer.length is missing; allowed: a number > 0"),
        (GOOD + "weights: some", "weights is 'some'; allowed: equal or a list of at least 0, each a number"),
        ("name: t\nlegs: []", "legs is []; allowed: a list of at least 3, each a section of keys"),
        ("- 3", "the file is [3]; allowed: keys, which are name, legs, drawer, weights"),
    ],
)
def test_a_wrong_key_has_its_line(tmp_path, text, line):
    assert line in message(tmp_path, text)


def test_every_wrong_key_has_a_line(tmp_path):
    assert len(message(tmp_path, GOOD.replace("2.5", "-1").replace("name: t", "name: 3"))) == 2


@pytest.mark.parametrize("text", ["a: [1", "a: 1\na: 2\n"])
def test_what_is_no_yaml(tmp_path, text):
    path = tmp_path / "table.yaml"
    path.write_text(text)
    with pytest.raises(DatasetError, match=r"table\.yaml: not valid YAML"):
        read_keys(path, Table)
