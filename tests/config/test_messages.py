"""What is wrong with a configuration, in words: the key, its value, what is allowed."""

import pytest

from support.configurations import changed, message
from thermalcg.config.messages import allowed, problem


def test_each_problem_has_its_line():
    text = message(changed({"seed": -1, "water.molecules": 2, "spline.ridge": "none", "watr": {}}))
    assert [line.split(" is ")[0] for line in text.splitlines()] == [
        "seed",
        "water.molecules",
        "spline.ridge",
        "watr",
    ]
    text = message(changed({"temperatures.reference_K": 400, "cg_md.frame_interval_ps": 0.1}))
    assert len(text.splitlines()) == 3


@pytest.mark.parametrize("raw", [None, [], "study: x"])
def test_not_even_a_mapping(raw):
    text = message(raw)
    assert text.startswith(f"the configuration is {raw!r}; allowed: a section with the keys study, seed")


def test_keys_that_are_not_text():
    assert "water.3 is not a key" in message(changed({"water": {3: 4}}))


def test_a_problem_names_the_key_the_value_and_what_is_allowed():
    assert problem("study", "my study", "one word") == "study is 'my study'; allowed: one word"


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "integer", "minimum": 8, "maximum": 1e5}, "a whole number >= 8 and <= 100000"),
        ({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.5}, "a number > 0 and < 0.5"),
        ({"type": "number", "minimum": 250, "decimals": 3}, "a number >= 250 with at most 3 decimals"),
        ({"type": "string"}, "text"),
        ({"type": "string", "pattern": "^a+$"}, "text that matches ^a+$"),
        ({"enum": ["com", "oxygen"]}, "one of com, oxygen"),
        ({"anyOf": [{"type": "number", "minimum": 0}, {"const": "auto"}]}, "a number >= 0 or auto"),
        (
            {"type": "array", "minItems": 2, "items": {"type": "number", "maximum": 1}},
            "a list of at least 2, each a number <= 1",
        ),
    ],
)
def test_what_a_schema_allows_is_said_in_words(schema, words):
    assert allowed(schema) == words
