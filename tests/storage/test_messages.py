"""What is wrong with a key, and what is allowed, in words."""

import pytest

from thermalcg.storage.messages import allowed, problem, quotes_hint


def test_a_problem_names_the_key_the_value_and_what_is_allowed():
    assert problem("study", "my study", "one word") == "study is 'my study'; allowed: one word"


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "integer", "minimum": 8, "maximum": 1e5}, "a whole number >= 8 and <= 100000"),
        ({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.5}, "a number > 0 and < 0.5"),
        ({"type": "number", "minimum": 250, "decimals": 3}, "a number >= 250 with at most 3 decimals"),
        ({"type": "string"}, "text"),
        ({"type": "boolean"}, "true or false"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "text or null"),
        (
            {"type": "array", "minItems": 1, "items": {"$ref": "#/x"}},
            "a list of at least 1, each a section of keys",
        ),
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


def test_a_number_in_quotes_is_pointed_out():
    assert quotes_hint("3.5", "float_type") == " (this is text: leave out the quotes)"
    assert quotes_hint("much", "float_type") == quotes_hint(3.5, "float_type") == ""
