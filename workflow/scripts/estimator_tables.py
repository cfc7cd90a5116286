"""Tables of the benchmark of the routes to the thermal response."""

from _job import begin

job = begin(snakemake)

import pandas as pd
import xarray as xr

from thermalcg.benchmark.cost_ratio import cost_ratio_table, route_errors
from thermalcg.benchmark.false_convergence import frozen_table
from thermalcg.benchmark.radius_scan import radius_table
from thermalcg.benchmark.rung_comparison import reweighting_table
from thermalcg.storage.datasets import read_dataset
from thermalcg.storage.tables import read_table, write_table

estimates = [read_dataset(path, ("predicted_trf", "core_s")) for path in snakemake.input.estimates]
radii = [read_dataset(path, ("predicted_trf", "along")) for path in snakemake.input.radii]
write_table(route_errors(estimates), snakemake.output.errors)
write_table(cost_ratio_table(estimates), snakemake.output.cost)
write_table(radius_table(radii), snakemake.output.radius)
write_table(pd.concat([read_table(path) for path in snakemake.input.sizes]), snakemake.output.noise)
write_table(frozen_table(read_dataset(snakemake.input.frozen, ("force",))), snakemake.output.frozen)
rungs = xr.concat(
    [read_dataset(path, ("force", "energy")) for path in snakemake.input.rungs],
    "frame",
    coords="minimal",
    compat="override",
)
write_table(reweighting_table(rungs), snakemake.output.reweighting)
