"""All figures: panels, letters, units, nothing cut off, and the same bytes for the same data."""

import itertools

import numpy as np
import pytest

from support.figure_tables import (
    HELD_OUT,
    SMOKE_MODES,
    T0,
    lettered,
    synthetic_benchmarks,
    synthetic_claims,
    synthetic_convergence,
    synthetic_excess,
    synthetic_force_error,
    synthetic_histories,
    synthetic_learning_curve,
    synthetic_mixture,
    synthetic_observables,
    synthetic_parity,
    synthetic_prior,
    synthetic_response_terms,
    synthetic_speed,
    synthetic_structure_error,
    synthetic_structure_values,
)
from thermalcg import figures
from thermalcg.figures import style

ALL = {
    "parity": (lambda: figures.parity(synthetic_parity(), "trf1"), 4),
    "force_error": (lambda: figures.force_error(synthetic_force_error(), T0), 2),
    "force_excess": (lambda: figures.excess(synthetic_excess(), T0), 2),
    "rdf_spline": (lambda: figures.rdf_panels(synthetic_observables(), "spline", HELD_OUT), 5),
    "adf_spline": (lambda: figures.adf_panels(synthetic_observables(), "spline", HELD_OUT), 5),
    "rdf_of_pairs": (lambda: figures.rdf_panels(synthetic_mixture(), "spline", HELD_OUT[:2]), 6),
    "response_terms": (lambda: figures.response_terms(synthetic_response_terms()), 3),
    "coordination": (lambda: figures.coordination(synthetic_structure_values(), T0), 4),
    "structure_error": (lambda: figures.structure_error(synthetic_structure_error(), T0), 6),
    "learning_curve": (lambda: figures.learning_curve(synthetic_learning_curve()), 6),
    "convergence": (lambda: figures.convergence(synthetic_convergence()), 3),
    "prior": (lambda: figures.prior_figure(*synthetic_prior()), 2),
    "cost": (lambda: figures.cost(synthetic_benchmarks()), 0),
    "speed": (lambda: figures.speed(synthetic_speed()), 0),
    "claims": (lambda: figures.claims(synthetic_claims()), 3),
    "training_history": (lambda: figures.training_history(synthetic_histories()), 10),
}


@pytest.mark.parametrize("name", ALL)
def test_panels_units_and_layout(name):
    make, n_panels = ALL[name]
    fig = make()
    assert [a.get_title(loc="left") for a in lettered(fig)] == list("abcdefghij"[:n_panels])
    labels = [text for axis in fig.axes for text in (axis.get_xlabel(), axis.get_ylabel()) if text]
    assert labels
    assert all("(" in text and ")" in text for text in labels), labels

    # nothing is cut off, no panel lies on another or on the legend
    fig.draw_without_rendering()
    axes = [axis for axis in fig.axes if axis.axison]
    boxes = [axis.get_tightbbox() for axis in axes] + [k.get_window_extent() for k in fig.legends]
    for box in boxes:
        assert (box.min > -1).all(), box
        assert (box.max < fig.bbox.max + 1).all(), box
    for one, other in itertools.combinations(boxes, 2):
        overlap = np.minimum(one.max, other.max) - np.maximum(one.min, other.min)
        assert overlap.min() < 2, (one, other)


@pytest.mark.parametrize("name", ["parity", "force_error", "prior"])
def test_the_same_figure_has_the_same_bytes(name, tmp_path):
    fig = ALL[name][0]()
    for folder, drawn in {"first": fig, "again": fig, "made again": ALL[name][0]()}.items():
        figures.save(drawn, tmp_path / folder / "x.y")
    assert sorted(p.name for p in (tmp_path / "first").iterdir()) == ["x.y.pdf", "x.y.png"]
    for file, folder in itertools.product(("x.y.pdf", "x.y.png"), ("again", "made again")):
        assert (tmp_path / "first" / file).read_bytes() == (tmp_path / folder / file).read_bytes()


def test_fewer_modes_and_one_architecture():
    one = {"architectures": ("spline",), "modes": SMOKE_MODES}
    assert len(figures.force_error(synthetic_force_error(**one), T0).axes) == 1
    assert len(figures.structure_error(synthetic_structure_error(**one), T0).axes) == 3
    assert len(figures.learning_curve(synthetic_learning_curve(**one)).axes) == 3
    assert len(lettered(figures.parity(synthetic_parity(("spline",)), "trf1"))) == 2
    assert len(lettered(figures.rdf_panels(synthetic_observables(**one), "spline", (300, 625)))) == 2
    labels = figures.force_error(synthetic_force_error(**one), T0).axes[0].get_legend_handles_labels()[1]
    assert style.MODES["energy_matching"].label not in labels


def test_tables_without_rows():
    empty = [
        figures.force_error(synthetic_force_error().iloc[:0], T0),
        figures.excess(synthetic_excess().iloc[:0], T0),
        figures.structure_error(synthetic_structure_error().iloc[:0], T0),
        figures.learning_curve(synthetic_learning_curve().iloc[:0]),
        figures.convergence(synthetic_convergence().iloc[:0]),
        figures.cost(synthetic_benchmarks().iloc[:0]),
        figures.speed(synthetic_speed().iloc[:0]),
        figures.claims(synthetic_claims().iloc[:0]),
        figures.rdf_panels({}, "spline", HELD_OUT),
        figures.parity({}, "trf1"),
        figures.training_history({}),
    ]
    for k, fig in enumerate(empty):
        texts = [t.get_text() for axis in fig.axes for t in axis.texts]
        assert any(t.startswith("no ") for t in texts), k
        fig.draw_without_rendering()
