"""The architectures, and their settings against the sections of the configuration."""

from dataclasses import fields

import pytest

from thermalcg.config.files import load_config
from thermalcg.models.registry import ARCHITECTURES, architecture
from thermalcg.runtime.settings import from_section

#: Keys of a section that say how often and where it is used, not what it is.
USE = {"held_out_K", "members"}


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_settings_are_the_keys_of_the_section(name):
    section = type(getattr(load_config({}), name))
    declared = {f.name: f.type for f in fields(architecture(name).settings_type)}
    assert set(declared) == set(section.model_fields) - USE
    assert architecture(name).name == name


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_settings_take_every_value_of_the_section(name):
    section = getattr(load_config({}), name).model_dump()
    settings = from_section(architecture(name).settings_type, section)
    assert vars(settings) == {key: value for key, value in section.items() if key not in USE}
    missing = {key: value for key, value in section.items() if key != next(iter(vars(settings)))}
    with pytest.raises(KeyError, match=next(iter(vars(settings)))):
        from_section(type(settings), missing)


def test_the_number_of_functions_is_that_of_the_section():
    for keys in ({}, {"triplet_radial": 1, "triplet_angular": 0}, {"pair_functions": 7, "triplet_radial": 3}):
        section = load_config({"spline": keys}).spline
        settings = from_section(architecture("spline").settings_type, section.model_dump())
        assert settings.functions == section.functions


def test_an_unknown_architecture_is_refused():
    with pytest.raises(ValueError, match="architecture is 'painn'; allowed: spline, hipnn_ts"):
        architecture("painn")
