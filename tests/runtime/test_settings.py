"""Settings from a section of the configuration."""

from dataclasses import dataclass

import pytest

from thermalcg.runtime.settings import from_section


@dataclass(frozen=True)
class Run:
    step: float
    length: float
    friction: float = 1.0


def test_keys_of_others_are_left_out_and_changes_come_last():
    section = {"step": 2.0, "length": 10.0, "runs": 4}
    assert from_section(Run, section) == Run(2.0, 10.0)
    assert from_section(Run, section, length=5.0, friction=0.0) == Run(2.0, 5.0, 0.0)


def test_a_field_that_nothing_gives_is_an_error():
    with pytest.raises(KeyError, match="length"):
        from_section(Run, {"step": 2.0})
    with pytest.raises(TypeError, match="width"):
        from_section(Run, {"step": 2.0, "length": 1.0}, width=3.0)
