"""The prior with its bins, and the histories of all members."""

import numpy as np
import xarray as xr

from support.figure_tables import points, synthetic_histories, synthetic_prior
from thermalcg import figures
from thermalcg.models.prior import fit_pair_priors
from thermalcg.models.species import Species


def test_prior_marks_the_fitted_bins():
    observed, prior, temperature, threshold = synthetic_prior()
    r, g = observed["r"].values, observed["rdf"].values[0]
    upper, lower = figures.prior_figure(observed, prior, temperature, threshold).axes
    fitted = (g > threshold) & (g < 1) & (r < prior.onset_nm)
    np.testing.assert_allclose(points(upper, "bins fitted")[0], r[fitted])
    np.testing.assert_allclose(points(upper, "bins fitted")[1], g[fitted])
    assert points(lower, "onset")[0][0] == prior.onset_nm


def test_every_pair_of_a_mixture_has_its_flank_and_its_prior():
    """Two species whose pairs begin 0, 0.03 and 0.06 nm further out than one species."""
    one, prior, temperature, threshold = synthetic_prior()
    r, g, shifts = one["r"].values, one["rdf"].values[0], (0.0, 0.03, 0.06)
    species = Species(("A", "B"), np.array([0, 1, 0, 1]))
    rdf = np.stack([np.interp(r - shift, r, g, left=0.0) for shift in shifts])
    priors = fit_pair_priors(r, rdf, temperature, threshold, prior.exponent, species)
    observed = xr.Dataset(
        {"pair_rdf": (("run", "pair", "r"), rdf[None])}, coords={"r": r, "pair": species.pair_names}
    )
    upper, lower = np.reshape(figures.prior_figure(observed, priors, temperature, threshold).axes, (2, 3))
    assert [axis.get_title() for axis in upper] == ["A-A", "A-B", "B-B"]
    onsets = [points(axis, "onset")[0][0] for axis in lower]
    np.testing.assert_allclose(onsets, prior.onset_nm + np.array(shifts), atol=0.005)


def test_history_shows_every_member():
    histories = synthetic_histories(["baseline", "at_temperature-300K"])
    axes = figures.training_history(histories).axes
    assert [axis.get_title() for axis in axes] == ["baseline", "yardstick, 300 K"]
    lines = {line.get_gid(): line.get_ydata() for line in axes[1].lines}
    np.testing.assert_allclose(lines["validation-1"], histories["at_temperature-300K", 1]["validation"])


def test_a_history_is_what_the_trainer_recorded():
    table = figures.history_table({"history": [(1.0, 2.0), (0.5, 1.5)], "ridge": 0.1})
    assert table["epoch"].tolist() == [1, 2]
    assert table["train"].tolist() == [1.0, 0.5]
    assert table["validation"].tolist() == [2.0, 1.5]
    title = figures.training_history({("at_temperature-298.15K", 0): table}).axes[0].get_title()
    assert title == "yardstick, 298.15 K"
