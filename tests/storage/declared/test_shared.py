"""What several declarations have in common."""

import pytest

from thermalcg.storage.declared.kinds import Column
from thermalcg.storage.declared.shared import PROVENANCE, SHARED, interval, shared, table
from thermalcg.storage.provenance import Provenance


def test_shared_columns_come_in_the_order_of_their_names():
    assert shared("temperature_K architecture") == {
        name: SHARED[name] for name in ("temperature_K", "architecture")
    }
    assert list(shared("temperature_K architecture")) == ["temperature_K", "architecture"]
    with pytest.raises(KeyError, match="colour"):
        shared("temperature_K colour")


def test_an_interval_has_two_ends_of_one_unit():
    columns = interval("ratio", "K")
    assert list(columns) == ["low", "high"]
    assert all(column.unit == "K" and "95 % interval of the ratio" in column.meaning
               for column in columns.values())  # fmt: skip


def test_a_table_lies_in_the_folder_of_tables():
    made = table("cost", "cost", "Costs", {"wall_s": Column("s", "time")})
    assert (made.paths, made.name) == (("tables/cost.csv",), "cost")


def test_every_dataset_is_declared_with_the_provenance_that_is_written():
    assert set(PROVENANCE) == set(Provenance("0", 1, "a rule").attributes())
