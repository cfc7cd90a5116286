"""The configuration, checked before any job starts, and what all rules share."""

import os
import re
import sys
from pathlib import Path

WORKFLOW = Path(workflow.basedir) / "workflow"
sys.path.insert(0, str(WORKFLOW))

from snakemake.exceptions import WorkflowError

from thermalcg.config.files import read_config
from thermalcg.config.messages import ConfigError, problem
from thermalcg.models.names import ARCHITECTURES as FACTS, STUDY_RESPONSE, ModelName, kelvin
from thermalcg.planning.estimate import expected_ram
from thermalcg.planning.hardware import check_hardware
from thermalcg.planning.goals import EXTRAS
from thermalcg.runtime.platforms import GPUS
from thermalcg.storage.files import DatasetError
from thermalcg.storage.sources import sources_of_script
from thermalcg.trajectories.run_file import run_files

# Snakemake reads its configuration files as YAML 1.1, where 1e6 is text, and takes the last of two equal keys:
# here the same files are read again, those of the command line (--configfile, then --config) after the Snakefile's
NAMED = workflow.overwrite_configfiles
try:
    CONFIG = read_config([*workflow.configfiles[len(NAMED) :], *NAMED], workflow.config_settings.config)
    #: Run files of own trajectories by temperature, as it stands in file names.
    RUNS = run_files(CONFIG.system.runs, CONFIG.temperatures.all_K)
except (ConfigError, DatasetError) as error:
    raise WorkflowError(f"configuration refused:\n{error}") from None
# captions of the report show values that no configuration file need hold
config.update(CONFIG.model_dump())
config["liquid"] = f"{CONFIG.water.molecules} molecules" if CONFIG.simulates_water else "an own liquid"

OUT = f"results/{CONFIG.study}"
T0 = CONFIG.temperatures.reference_K
TEMPERATURES = CONFIG.temperatures.all_K
HELD_OUT = CONFIG.temperatures.held_out_K
ARCHITECTURES = CONFIG.architectures
MODELS = [(arch, model) for arch in ARCHITECTURES for model in CONFIG.model_names(arch)]
#: CG simulations of the study.
CG_SIMULATIONS = [(arch, model, T) for arch, model in MODELS for T in CONFIG.simulated_K(arch, model)]
#: Kernels beside T0 that the response gives, and their distances from T0.
SIDES = {"cooler": -CONFIG.dynamics.response_K, "hotter": CONFIG.dynamics.response_K}
#: Labels of every temperature.
LABELS = [f"<results>/labels/{T}.nc" for T in TEMPERATURES]
#: Sections that whatever is made of trajectories and labels depends on, for the hash in the outputs.
UPSTREAM = ("system", "water", "mapping", "all_atom", "frames", "conditional", "temperatures", "compute")
#: ... and the models.
TRAINING = (*UPSTREAM, "prior", "response", "spline")
#: Whether what a job runs, OpenMM or torch, wants a graphics card by name; with "auto" it takes what it finds.
CARDS = {"openmm": CONFIG.compute.platform in GPUS, "torch": CONFIG.compute.device == "cuda"}
#: A temperature in a file name: 300 or 298.15.
KELVIN = r"\d+(\.\d+)?"
ENVIRONMENT = f"../../envs/workflow{'-gpu' if any(CARDS.values()) else ''}.yaml"


onstart:
    # on a cluster this is the login node, which need not have what its jobs use, and each job looks for itself
    if workflow.is_main_process and workflow.local_exec:
        try:
            check_hardware(CONFIG)
        except ConfigError as error:
            raise WorkflowError(f"configuration refused:\n{error}") from None


# <results>, <logs> and <benchmarks> in the paths of the rules
pathvars:
    results=OUT,
    logs=f"{OUT}/logs",
    benchmarks=f"{OUT}/benchmarks",


wildcard_constraints:
    T=KELVIN,
    batch=r"\d+",
    arch="|".join(ARCHITECTURES),
    model="|".join(sorted({re.escape(model) for _, model in MODELS})),


def settings(*sections):
    """The named sections and the seed as plain values, so that only their change reruns a rule."""
    return CONFIG.model_dump(include={"seed", *sections})


def settings_of(section, *keys):
    """Some keys of one section, and the seed: a change of the others reruns nothing."""
    return {"seed": CONFIG.seed, section: getattr(CONFIG, section).model_dump(include=set(keys))}


def settings_hash(*sections):
    return CONFIG.section_hash("seed", *sections)


def depends_on(*sections):
    """``settings`` and ``hash`` of a rule whose results depend on just the sections that it reads."""
    return {"settings": settings(*sections), "hash": settings_hash(*sections)}


def library(script):
    """The library files that a script imports, directly or not: a change in them reruns the rule."""
    return [os.path.relpath(path) for path in sources_of_script(WORKFLOW / "scripts" / f"{script}.py")]


def water_file():
    """The file of the water model, an input of whatever simulates it."""
    path = Path(CONFIG.water.model)
    is_path = path.suffix in (".yaml", ".yml")  # a name may hold a dot
    return str(path) if is_path else f"resources/water_models/{CONFIG.water.model}.yaml"


def table(name, category):
    """A table of the report."""
    return report(
        f"{OUT}/tables/{name}.csv",
        caption=f"../report/tables/{name}.rst",
        category=category,
        subcategory="Tables",
        labels={"table": name.replace("_", " ")},
    )


def figure(name, category):
    """A figure of the report."""
    return report(
        f"{OUT}/figures/{name}.png",
        caption=caption(name),
        category=category,
        subcategory="Figures",
        labels={"figure": name.replace("_", " ")},
    )


#: Figures made once for each architecture, with one caption for all.
PER_ARCHITECTURE = ("rdf", "adf", "motion", "memory_kernels", "dynamics_error")


def caption(figure):
    stem = next((s for s in PER_ARCHITECTURE if figure.startswith(f"{s}_")), figure)
    return f"../report/{stem}.rst"


def training_trajectories(wildcards):
    """Mapped trajectories of the temperatures that a model is trained on."""
    temperatures = ModelName.parse(wildcards.model).training_temperatures(T0, CONFIG.temperatures.multi_K)
    return [f"{OUT}/mapped/{kelvin(T)}.nc" for T in temperatures]


def training_response(wildcards):
    """What a model learns its thermal response from, if it has one."""
    name = ModelName.parse(wildcards.model)
    if name.response_source == "projection" or (name.projected and FACTS[wildcards.arch].linear):
        sources = name.training_temperatures(T0, CONFIG.temperatures.multi_K)
        return [f"{OUT}/projected/{kelvin(T)}.nc" for T in sources]
    return [f"{OUT}/{name.response_source}/{T0}.nc"] if name.response_source else []


def response_of(wildcards):
    """The mapping of the frames for the response, at temperatures that have them."""
    return CONFIG.mapping if float(wildcards.T) in CONFIG.response_K else None


def grown(base):
    """A resource that grows with every attempt."""
    return lambda wildcards, attempt: base * attempt


#: MB of a job of each rule, as far as its arrays tell.
RAM_MB = expected_ram(CONFIG, EXTRAS if CONFIG.simulates_water else ())


def needs(rule, mb, minutes, card=None):
    """The resources of a rule's jobs; memory and time grow with every attempt.

    Args:
        mb: least memory, MB; more where the arrays of a job need it, with a third to spare.
        minutes: time of the first attempt.
        card: "openmm", "torch" (networks) or both: what takes a graphics card where the configuration names one.
    """

    def number(wildcards):
        own = getattr(wildcards, "arch", None)  # a rule without this wildcard runs all of them
        in_torch = any(FACTS[arch].torch for arch in ([own] if own else ARCHITECTURES))
        return int(any(CARDS[what] and (what != "torch" or in_torch) for what in card.split()))

    arrays = 100 * round(1.33 * RAM_MB.get(rule, 0) / 100)
    found = {"mem_mb": grown(max(mb, arrays)), "runtime": grown(minutes)}
    return found | ({"gpu": number} if card else {})


def kernel_temperature(wildcards):
    """Temperature whose motion a memory kernel is derived from."""
    return T0 if wildcards.source in SIDES else wildcards.source


def published_by(*studies, instead):
    """No file: refuses, for a rule that copies to results/reference/, all studies but these.

    As an input, because inputs are asked for while jobs are planned; before a job starts, Snakemake removes
    its old output, which here are the published results.
    """

    def check(wildcards):
        if CONFIG.study not in studies:
            reason = f"results/reference/ holds published results, and {instead} keeps yours in {OUT}/"
            raise WorkflowError(problem("study", CONFIG.study, f"{' or '.join(studies)} ({reason})"))
        return []

    return check
