"""Rows of the table of structural errors."""

import pandas as pd


def structure_table(*rows):
    columns = ["observable", "architecture", "mode", "temperature_K", "l1", "stderr"]
    return pd.DataFrame(rows, columns=columns)


def pair(temperature, response, base, observable="rdf", error=0.001):
    """Rows of trf1 and baseline."""
    return [
        (observable, "spline", "trf1", temperature, response, error),
        (observable, "spline", "baseline", temperature, base, error),
    ]
