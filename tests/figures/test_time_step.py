"""What is drawn of the time steps is what the table says."""

import numpy as np
import pandas as pd

from thermalcg import figures


def synthetic() -> pd.DataFrame:
    steps = np.array([2.0, 4.0, 8.0, 12.0])
    compared = {
        "energy_difference_stderr": 0.002, "energy_study_error": 0.01, "energy_over_study": 0.3,
        "rdf_difference_noise": 0.001, "rdf_study_error": 0.01, "rdf_over_study": 0.2,
        "rdf_worst_over_study": 0.6, "within": 1,
    }  # fmt: skip
    table = pd.DataFrame(
        {"timestep_fs": steps, "energy_kJ_per_mol": -3 + 0.01 * steps, "energy_stderr": 0.005}
    )
    for name, value in compared.items():
        table[name] = value * steps / 8
    table.loc[0, list(compared)] = np.nan
    return table


def test_means_of_all_steps_and_differences_of_tested_ones():
    table = synthetic()
    fig = figures.time_step(table, 8.0)
    means, energy, rdf = fig.axes
    np.testing.assert_allclose(means.containers[0][0].get_xdata(orig=False), [2, 4, 8, 12])
    np.testing.assert_allclose(energy.containers[0][0].get_ydata(orig=False), [0.15, 0.3, 0.45])
    # bars of 0.2 study's errors
    ends = energy.containers[0][1]
    np.testing.assert_allclose(ends[1].get_ydata(orig=False) - ends[0].get_ydata(orig=False), 0.4)
    curves = {line.get_label(): line.get_ydata(orig=False) for line in rdf.lines}
    np.testing.assert_allclose(curves["g(r), worst bin"], [0.3, 0.6, 0.9])
    np.testing.assert_allclose(curves["noise of the measurement"], 0.1)
    assert all(axis.get_xlabel() == "Time step (fs)" for axis in fig.axes)
    fig.draw_without_rendering()
    for axis in fig.axes:
        box = axis.get_tightbbox()
        assert (box.min > -1).all()
        assert (box.max < fig.bbox.max + 1).all()
