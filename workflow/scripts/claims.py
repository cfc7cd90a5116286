"""Claims of the study and goals of the project as numbers with intervals."""

from _job import begin

job = begin(snakemake)

from thermalcg.analysis.claims import Results, Thresholds, claims_table
from thermalcg.analysis.ratios import RATIO_COLUMNS
from thermalcg.runtime.settings import from_section
from thermalcg.storage.tables import read_table, write_table

read = snakemake.input
energy = tuple(f"energy_change_{name}" for name in ("kJ_per_mol", "stderr", "freedom"))
speed = ("what", "temperature_K", "ratio_to_all_atom", "ratio_low", "ratio_high")
results = Results(
    read_table(read.force, RATIO_COLUMNS),
    read_table(read.structure, ("observable", *RATIO_COLUMNS)),
    read_table(read.speed, speed) if read.speed else None,
    read_table(read.health, ("architecture", "mode", "temperature_K", "healthy")),
    read_table(read.heat_capacity, ("source", "mode", "temperature_K", *energy))
    if read.heat_capacity
    else None,
    read_table(read.dynamics) if read.dynamics else None,
)
claims = claims_table(
    results, from_section(Thresholds, job.settings["claims"]), job.settings["temperatures"]["reference_K"]
)
write_table(claims, snakemake.output.claims)
print(claims.to_string(index=False))
