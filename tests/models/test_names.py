"""Names of models, in which temperatures stand as they were given."""

import pytest

from thermalcg.models.expansion import KINDS, Expansion
from thermalcg.models.names import ARCHITECTURES, MODES, STUDY_RESPONSE, ModelName, kelvin

T0 = 395.0


def test_splines_are_bootstrapped_and_networks_are_not():
    assert ARCHITECTURES["spline"].bootstrapped
    assert not ARCHITECTURES["hipnn_ts"].bootstrapped


@pytest.mark.parametrize("T", [300, 298.15, 310.5, 273.155, 700])
def test_a_temperature_passes_through_a_name_without_loss(T):
    name = ModelName("at_temperature", T)
    assert str(name) == f"at_temperature-{T}K"
    assert ModelName.parse(str(name)) == name
    assert str(ModelName.parse(str(name))) == str(name)


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode != "at_temperature"])
def test_a_mode_alone_is_a_name(mode):
    assert ModelName.parse(mode) == ModelName(mode)
    assert str(ModelName(mode)) == mode


@pytest.mark.parametrize("text", ["trf3", "", "trf1 ", "trf3-300K"])
def test_other_words_are_no_modes(text):
    with pytest.raises(ValueError, match="training mode is .*; allowed: baseline, trf1"):
        ModelName.parse(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "at_temperature-warmK",
            "model is 'at_temperature-warmK'; allowed: a mode, or as in at_temperature-298",
        ),
        ("at_temperature-nanK", "model is 'at_temperature-nanK'"),
        ("at_temperature-300", "model is 'at_temperature-300'"),
        ("at_temperature-", "model is 'at_temperature-'"),
        ("at_temperature--5K", "temperature of at_temperature is -5.0 K; allowed: a number > 0"),
        ("at_temperature-0K", "temperature of at_temperature is 0.0 K"),
        ("at_temperature-1e999K", "temperature of at_temperature is inf K"),
        ("at_temperature", "temperature of at_temperature is None K; allowed: a number > 0"),
        ("trf1-300K", "temperature of trf1 is 300.0 K; allowed: none"),
    ],
)
def test_one_mode_alone_has_a_temperature(text, said):
    with pytest.raises(ValueError, match=said):
        ModelName.parse(text)


@pytest.mark.parametrize(("T", "text"), [(300.0, "300"), (300, "300"), (298.15, "298.15"), (310.5, "310.5")])
def test_whole_temperatures_print_without_a_point(T, text):
    assert str(kelvin(T)) == text
    assert kelvin(T) == T


def test_training_temperatures_of_models():
    def temperatures(text, multi):
        return ModelName.parse(text).training_temperatures(T0, multi)

    assert ModelName.parse("at_temperature-555K").temperature == 555.0
    assert ModelName.parse("trf1").temperature is None
    assert temperatures("at_temperature-555K", [300.0]) == [555.0]
    assert temperatures("multi_temperature", [300.0, 500.0]) == [300.0, 500.0]
    assert temperatures("energy_matching", [300.0]) == [T0]
    assert temperatures("trf2", [300.0]) == [T0]
    assert temperatures("multi_temperature_response", [300.0]) == [300.0]


def test_where_a_response_comes_from():
    names = [text for text in MODES if text != "at_temperature"]
    found = {text: ModelName.parse(text).response_source for text in names}
    assert {text for text, source in found.items() if source == "labels"} == {
        "trf1_conditional",
        "trf2_conditional",
    }
    assert [text for text, source in found.items() if source == "products"] == ["trf1_products"]
    projected = {text for text, source in found.items() if source == "projection"}
    assert projected == {"trf1", "trf2", "multi_temperature_response"}
    assert {text for text in names if ModelName(text).projected} == {"baseline", *projected}


def test_the_response_that_the_study_claims_is_a_projected_one():
    assert ModelName(STUDY_RESPONSE).response_source == "projection"
    assert KINDS[MODES[STUDY_RESPONSE]] == 3


def test_a_response_is_trusted_near_the_temperatures_of_its_training():
    """The laws linear in T and in ln T differ by less than a seventh there."""
    low, high = ModelName("trf2").trusted_range(T0, [300.0, 700.0])
    assert (low, high) == pytest.approx((T0 / 1.3, T0 * 1.3))
    for T in (low, high):
        linear, logarithmic = (Expansion(kind, T0).values(T)[1] for kind in ("linear", "logarithmic"))
        assert abs(logarithmic / linear - 1) < 1 / 7
    assert ModelName("multi_temperature").trusted_range(T0, [300.0, 700.0]) == (300 / 1.3, 700 * 1.3)
    assert ModelName("baseline").trusted_range(T0, []) is None


def test_models_that_depend_on_temperature_respond():
    for mode, kind in MODES.items():
        name = ModelName(mode, 300.0 if mode == "at_temperature" else None)
        assert name.responds == (KINDS[kind] > 1)


def test_a_yardstick_counts_at_its_own_temperature_alone():
    def tested(text):
        return ModelName.parse(text).tested_temperatures(T0, [300.0, 555.0], [300.0, 700.0])

    assert tested("at_temperature-555K") == [555.0]
    assert tested("trf1") == tested("multi_temperature") == [300.0, T0, 555.0, 700.0]
