"""Time of the two searches for neighbours, and of a loop over all pairs, by the number of beads.

``python -m thermalcg.benchmark.neighbours table.csv`` measures anew; what it found is in
``results/reference/neighbours``, and ``geometry.neighbours.FEW_BEADS`` follows from it.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from thermalcg.geometry.neighbours import NeighbourSearch, closest_pair
from thermalcg.storage.tables import write_table

#: Numbers of beads.
NUMBERS = (64, 125, 216, 512, 1000, 4096)

#: Ranges that are used: of triplets, of pairs, and of pairs with the skin of a spline, nm.
REACHES = (0.42, 0.6, 0.68)

#: Molecules of water in a cubic nanometre.
DENSITY = 33.4

#: Times each search is measured; the median counts.
REPEATS = 21


def liquid(n: int, seed: int = 0) -> tuple[np.ndarray, float]:
    """Positions of beads on a shaken lattice, nm, shape (n, 3), and the edge of their box."""
    edge, k = (n / DENSITY) ** (1 / 3), int(np.ceil(n ** (1 / 3)))
    grid = np.stack(np.meshgrid(*3 * [np.arange(k)]), axis=-1).reshape(-1, 3)[:n] * edge / k
    shaken = grid + np.random.default_rng(seed).uniform(-0.05, 0.05, grid.shape)
    return shaken % edge, edge


def measure_neighbours(numbers=NUMBERS, reaches=REACHES, repeats: int = REPEATS) -> pd.DataFrame:
    """Medians of the time of a search, measured in turns.

    Returns:
        Columns beads, reach_nm, pairs, and in microseconds tree_us (scipy), cells_us (vesin) and
        all_pairs_us (a compiled loop).

    Raises:
        ValueError: the two searches found other pairs.
    """
    rows = []
    for n in numbers:
        position, edge = liquid(n)
        for reach in reaches:
            if 2 * reach > edge:
                continue
            search = NeighbourSearch(edge, reach)
            tree, cells = (_as_set(f(position)) for f in (search.in_tree, search.in_cells))
            if tree != cells:
                raise ValueError(f"{n} beads within {reach} nm: {len(tree)} and {len(cells)} pairs")
            searches = {
                "tree_us": search.in_tree,
                "cells_us": search.in_cells,
                "all_pairs_us": lambda x, edges=search.edges: closest_pair(x, edges),
            }
            rows.append({"beads": n, "reach_nm": reach, "pairs": len(tree)})
            rows[-1] |= _times(searches, position, repeats)
    return pd.DataFrame(rows)


def _as_set(pairs: np.ndarray) -> set[tuple[int, int]]:
    return set(map(tuple, np.sort(pairs, axis=1).tolist()))


def _times(searches: dict[str, Callable], position: np.ndarray, repeats: int) -> dict[str, float]:
    """Median time of each, microseconds."""
    taken: dict[str, list[float]] = {name: [] for name in searches}
    for _ in range(repeats):
        for name, search in searches.items():
            started = time.perf_counter()
            search(position)
            taken[name].append((time.perf_counter() - started) * 1e6)
    return {name: round(float(np.median(times)), 1) for name, times in taken.items()}


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", help="CSV to write")
    path = parser.parse_args().table
    table = measure_neighbours()
    print(table.to_string(index=False))
    write_table(table, path)


if __name__ == "__main__":
    main()
