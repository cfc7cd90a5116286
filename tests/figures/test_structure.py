"""Distributions as drawn are those of the datasets, and failed runs are named."""

import numpy as np
import pytest

from support.figure_tables import HELD_OUT, lettered, points, synthetic_mixture, synthetic_observables
from thermalcg import figures
from thermalcg.analysis.structure_error import ALL_ATOM
from thermalcg.figures import style
from thermalcg.models.names import ModelKey


@pytest.mark.parametrize(
    ("figure", "name", "dim"), [("rdf_panels", "rdf", "r"), ("adf_panels", "adf", "theta")]
)
def test_distributions_and_their_differences(figure, name, dim):
    data = synthetic_observables()
    fig = getattr(figures, figure)(data, "spline", HELD_OUT)
    upper = lettered(fig)[1]
    lower = fig.axes[fig.axes.index(upper) + 3]
    reference, model = (
        data[ALL_ATOM, 300][name].mean("run"),
        data[ModelKey("spline", "trf1"), 300][name].mean("run"),
    )
    x, y = points(upper, style.MODES["trf1"].label)
    np.testing.assert_allclose(x, reference[dim])
    np.testing.assert_allclose(y, model)
    np.testing.assert_allclose(points(upper, "all-atom")[1], reference)
    drawn = [line.get_ydata() for line in lower.lines]
    assert any(len(d) == len(model) and np.allclose(d, model - reference) for d in drawn)


def test_a_run_that_failed_is_named():
    data = synthetic_observables()
    for mode, temperature in (("baseline", 250), ("trf1", 300)):
        data[ModelKey("spline", mode), temperature]["rdf"][:] = np.nan
    # one that was not simulated is not missing, and a temperature without any has no panel
    del data[ModelKey("spline", "energy_matching"), 250]
    data = {key: value for key, value in data.items() if key[1] != 555}
    texts = [
        [t.get_text() for t in axis.texts] for axis in lettered(figures.rdf_panels(data, "spline", HELD_OUT))
    ]
    assert texts == [["no healthy run:\nbaseline"], ["no healthy run:\nTRF"], [], []]


def test_a_mixture_has_a_row_of_panels_for_each_pair():
    data, model = synthetic_mixture(), ModelKey("spline", "trf1")
    panels = lettered(figures.rdf_panels(data, "spline", HELD_OUT[:2]))
    places = [(pair, T) for pair in ("A-A", "A-B", "B-B") for T in HELD_OUT[:2]]
    assert [axis.get_title() for axis in panels] == [f"{pair}, {T} K" for pair, T in places]
    for axis, (pair, T) in zip(panels, places, strict=True):
        of_pair = data[model, T]["pair_rdf"].sel(pair=pair).mean("run")
        np.testing.assert_allclose(points(axis, style.MODES["trf1"].label)[1], of_pair)
