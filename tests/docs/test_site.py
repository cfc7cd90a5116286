"""The site's own code: formulas, docstrings, generated pages, and the tutorial that is executed."""

import importlib
import re
import runpy
import sys

import matplotlib
import matplotlib.pyplot as plt
import pytest

from support.workplace import ROOT
from thermalcg.config.messages import subsection
from thermalcg.config.study import Config
from thermalcg.storage.declared import DATASETS, TABLES

DOCS = ROOT / "docs"


@pytest.fixture
def extension(monkeypatch):
    """Import one of the site's extensions by its name."""
    pytest.importorskip("sphinx")
    monkeypatch.syspath_prepend(DOCS / "_extensions")

    def load(name: str):
        sys.modules.pop(name, None)
        return importlib.import_module(name)

    return load


@pytest.mark.physics
def test_the_tutorial_agrees_with_its_exact_answers(capsys):
    """Its own assertions are the test: each estimate within four standard errors of the exact value."""
    matplotlib.use("agg")
    runpy.run_path(str(DOCS / "tutorial" / "scripts" / "hidden_rotor.py"))
    plt.close("all")
    scores = [float(z) for z in re.findall(r"exact .* z = ([+-][\d.]+)", capsys.readouterr().out)]
    assert len(scores) == 7
    assert max(map(abs, scores)) < 4


@pytest.mark.unit
class TestFormulas:
    def test_brackets_of_left_and_right_grow_and_others_do_not(self, extension):
        mathml = extension("mathml").mathml
        assert mathml(r"\langle u \rangle_R", False).count('stretchy="false"') == 2
        assert 'stretchy="false"' not in mathml(r"\left\langle \frac{u}{T} \right\rangle_R", True)

    def test_primes_and_accents_are_signs_of_their_own(self, extension):
        made = extension("mathml").mathml(r"\hat F'' + \bar u", False)
        assert made.count("′") == 2
        assert ">^<" in made
        assert "ˆ" not in made

    def test_lines_are_aligned(self, extension):
        assert "<mtable" in extension("mathml").mathml(r"a &= b \\ c &= d", True)

    @pytest.mark.parametrize("text", [r"\tfrac12 a", r"\notacommand{a}"])
    def test_what_would_be_drawn_wrong_is_an_error(self, extension, text):
        module = extension("mathml")
        with pytest.raises(module.MathError):
            module.mathml(text, False)


@pytest.mark.unit
class TestDocstrings:
    def test_an_indented_equation_is_literal_and_bars_are_bars(self, extension):
        lines = ["The mean of |x|,", "", "    F = <|f|>", "", "with ``|f|`` as it is."]
        assert extension("docstrings").prepared(lines) == [
            "The mean of \\|x\\|,", "", "::", "", "    F = <|f|>", "", "with ``|f|`` as it is.",
        ]  # fmt: skip

    @pytest.mark.parametrize("before", ["Args:", "Run::", ".. math::", "- an item"])
    def test_other_indented_lines_stay(self, extension, before):
        lines = ["What it does.", "", before, "", "    x: an argument"]
        assert extension("docstrings").prepared(lines) == lines


@pytest.mark.unit
class TestReference:
    def test_every_key_of_the_configuration_is_there(self, extension):
        page = "\n".join(extension("reference_pages").configuration())
        for name, field in Config.model_fields.items():
            section = subsection(field)
            for key in [f"{name}.{inner}" for inner in section.model_fields] if section else [name]:
                assert f"{{confval}} {key}\n" in page, key
        assert page.count("Allowed: ") == page.count("{confval}")

    def test_every_variable_and_every_column_is_there(self, extension):
        pages = extension("reference_pages")
        files, tables = "\n".join(pages.files()), "\n".join(pages.tables())
        assert all(f"| `{name}` |" in files for dataset in DATASETS for name in dataset.variables)
        assert all(path in files for dataset in DATASETS for path in dataset.paths)
        assert all(f"| `{name}` |" in tables for table in TABLES for name in table.columns)
        assert all(f"### {table.name}\n" in tables for table in TABLES)

    def test_every_folder_of_the_library_has_a_page(self, extension):
        pages = extension("reference_pages").api()
        folders = {path.parent.name for path in (ROOT / "workflow" / "thermalcg").glob("*/__init__.py")}
        assert {f"api_{folder}" for folder in folders} <= set(pages)
        assert ".. automodule:: thermalcg.response.formulas" in pages["api_response"]


@pytest.mark.unit
def test_a_page_that_loads_from_elsewhere_is_noticed(extension):
    found = extension("offline").loads_from_elsewhere
    assert found('<script defer src="https://cdn.example.org/x.js"></script>')
    assert found('<link rel="stylesheet" href="//example.org/x.css">')
    assert not found('<a href="https://example.org">a link</a><script src="_static/x.js"></script>')
