"""The process that compiles moves beads with as many functions as it is asked for, few beads and many."""

import sys

import pytest

from thermalcg.cg import compile_loops
from thermalcg.cg.compiled_engine import BLOCK, CompiledEngine

pytestmark = pytest.mark.unit


def test_few_and_many_beads_are_moved(monkeypatch):
    made = []

    class Noted(CompiledEngine):
        def __init__(self, tables, beads, *others):
            super().__init__(tables, beads, *others)
            made.append((len(tables[0].radial), len(tables[0].angular), beads.n_beads))

        def advance(self, *steps):
            frames = super().advance(*steps)
            assert self.failure == [""]
            return frames

    monkeypatch.setattr(compile_loops, "CompiledEngine", Noted)
    monkeypatch.setattr(sys, "argv", ["compile_loops", "4", "5"])
    compile_loops.main()
    assert made == [(4, 5, 8), (4, 5, BLOCK + 1)]
