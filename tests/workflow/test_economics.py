"""Which data to buy, on top of a finished study at a small size: its table says what it should."""

import numpy as np
import pandas as pd
import pytest

from support.declared import undeclared

#: Sizes at which everything takes seconds; the numbers mean nothing.
SMALL = """
ECONOMICS = Economics(
    lengths_ps=(2.0, 4.0), longest_of_several_ps=2.0, pieces=2, chunk_ps=4.0, test_ps=2.0, test_blocks=4,
    block_ps=0.5, cg_equilibration_ps=0.24, cg_ps=0.96,
)
"""


@pytest.fixture(scope="module")
def results(smoke, tmp_path_factory):
    # a copy of the finished study under the one name that may be published
    workplace = smoke.copied(tmp_path_factory.mktemp("economics") / "repository")
    plan = workplace.edited("benchmark/economics_plan.py")
    text = plan.read_text()
    full = "ECONOMICS = Economics()"
    assert full in text
    plan.write_text(text.replace(full, SMALL))
    workplace.results.rename(workplace.results.with_name("default"))
    named = workplace.changed("study: default")
    planned = workplace.planned("economics", configfiles=named)
    assert planned.pop("economics") == 1
    assert planned == {
        "economics_run": 3, "economics_fits": 3, "economics_errors": 2, "economics_table": 1,
    }  # fmt: skip
    workplace.run("economics", "reference_economics", configfiles=named)
    return workplace.folder / "results"


def test_every_file_is_as_declared(results):
    assert undeclared(results / "default") == {}


def test_no_checkpoints_are_left(results):
    assert not list((results / "default" / "checkpoints" / "economics").glob("**/*.npz"))


def test_every_purchase_has_its_errors(results):
    table = pd.read_csv(results / "reference" / "economics" / "tables" / "economics.csv")
    # three purchases of one run in two sizes; six of several runs and one at each temperature in one
    assert table.groupby("temperature_K").size().to_dict() == {300: 13, 625: 13}
    assert set(table["trained_at_K"]) == {"395", "300 625", "395 625", "300 395 625"}
    assert (table["total_ps"] > table["run_ps"]).all()
    assert np.isfinite(table[["excess_square", "excess_square_stderr"]]).all().all()
    assert (results / "reference" / "economics" / "figures" / "economics.png").is_file()
