"""What is wrong with a configuration, in words: the key, its value, what is allowed."""

import pytest

from support.configurations import changed, message


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
