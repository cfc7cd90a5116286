"""The tables and PNG figures of a run, with its configuration, versions and machine."""

import json
import platform
import shutil
from pathlib import Path

from _job import begin

job = begin(snakemake)

import psutil

from thermalcg.storage.provenance import versions
from thermalcg.storage.yaml_files import as_yaml

folder = Path(snakemake.output.folder)
for kind, paths in (("figures", snakemake.input.figures), ("tables", snakemake.input.tables)):
    (folder / kind).mkdir(parents=True)
    for path in paths:
        # the errors of every member on every frame are large, and summed up in the other tables
        if Path(path).stem != "force_error_frames":
            shutil.copy(path, folder / kind)
(folder / "config.yaml").write_text(as_yaml(job.settings))
cpu = next(
    (
        line.split(":")[1].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if "model name" in line
    ),
    platform.processor(),
)
machine = {
    "config_hash": job.provenance.config_hash,
    "cpu": cpu,
    "cores": psutil.cpu_count(),
    "memory_GB": round(psutil.virtual_memory().total / 1e9, 1),
    "system": platform.system(),
    "python": platform.python_version(),
    "versions": versions(),
}
(folder / "machine.json").write_text(json.dumps(machine, indent=1) + "\n")
