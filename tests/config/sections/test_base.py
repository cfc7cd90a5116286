"""What all sections have in common: temperatures, and strictness."""

import pytest
from pydantic import ValidationError

from thermalcg.config.sections.base import Kelvin, Section, key


class Oven(Section):
    """A section with one temperature."""

    own_K: Kelvin = key(300, "K", "Temperature of the oven", "Room temperature")


@pytest.mark.parametrize(("given", "kept"), [(300.0, "300"), (395, "395"), (298.15, "298.15")])
def test_a_whole_temperature_is_kept_as_a_whole_number(given, kept):
    assert str(Oven(own_K=given).own_K) == kept
    assert str(Oven(own_K=given).model_dump()["own_K"]) == kept


@pytest.mark.parametrize("given", [0, -1.0, 10_000.1, 300.0001, float("nan"), float("inf"), True, "300"])
def test_what_is_no_temperature_of_a_study_is_refused(given):
    with pytest.raises(ValidationError, match="own_K"):
        Oven(own_K=given)


def test_a_section_knows_its_keys_only_and_does_not_change():
    with pytest.raises(ValidationError, match="colour"):
        Oven(colour="red")
    with pytest.raises(ValidationError, match="frozen"):
        Oven().own_K = 400


def test_a_key_carries_unit_and_reason():
    field = Oven.model_fields["own_K"]
    assert field.description == "Temperature of the oven"
    extra = Oven.model_json_schema()["properties"]["own_K"]
    assert (extra["unit"], extra["provenance"], extra["decimals"]) == ("K", "Room temperature", 3)
    assert (extra["exclusiveMinimum"], extra["maximum"], extra["default"]) == (0, 10_000, 300)
