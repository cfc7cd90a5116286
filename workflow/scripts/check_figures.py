"""Mean forces along pairs of beads against the slope of ln g, a figure for each trajectory."""

from pathlib import Path

from _job import begin

job = begin(snakemake)

from thermalcg import figures
from thermalcg.storage.datasets import read_declared
from thermalcg.trajectories.checks import check_trajectory

style = job.settings["figures"]
figures.use(style["dpi"], style["font_size"])
for path, figure in zip(snakemake.input.mapped, snakemake.output.png, strict=True):
    found = check_trajectory(read_declared(path, "mapped/{T}.nc"))
    drawn = figures.force_balance_panels(found.balances, found.temperature)
    figures.save(drawn, Path(figure).with_suffix(""))
