# One command from a clone to the report: make reproduce.
PYTHON ?= python3
CORES  ?= all
PRESET ?=
ARGS   ?=
# how many studies `make replicate` makes, with the seeds 1, 2, ...
SEEDS  ?= 6
# how many jobs may use a graphics card at once, where the configuration names one (CUDA, cuda); none: as many as cores
GPU_JOBS ?=

BIN     := .venv/bin
READY   := .venv/.installed
PRESETS := $(basename $(notdir $(wildcard resources/presets/*.yaml)))

ifneq ($(PRESET),)
ifeq ($(filter $(PRESET),$(PRESETS)),)
$(error unknown PRESET '$(PRESET)'; known presets: $(or $(PRESETS),none))
endif
endif

# A job says how much memory it takes, which holds Snakemake back only below a ceiling: this machine's memory in MB.
# Where the system does not tell (Linux does), none is passed.  MEM_MB=N is another one.
MEM_MB  := $(shell awk '/^MemTotal:/ { print int($$2 / 1024) }' /proc/meminfo 2>/dev/null)

CONFIGS := $(strip config.yaml $(PRESET:%=resources/presets/%.yaml))
# The last file that names a study wins, as in Snakemake's own merge.  Recipes are shell: what is no name of a study
# (letters, digits, _ and -, as the configuration allows) does not get there.
STUDY    = $(or $(shell awk 'BEGIN { s = "default" } /^study:/ { s = $$2; gsub(/["\047]/, "", s) } \
             END { if (s ~ /^[A-Za-z0-9_-]+$$/) print s }' $(CONFIGS)),$(error study in $(CONFIGS) is no name \
             that is allowed: letters, digits, _ and -))
# The command of this clone, whatever is installed.  The jobs that the preset `estimators` adds are those of its goal.
THERMALCG = PYTHONPATH=workflow $(BIN)/python -m thermalcg
WITH      = $(addprefix --with ,$(filter estimators,$(PRESET)))
# Snakemake looks for a default profile beside the Snakefile, not under workflow/
LOCALLY   = $(BIN)/snakemake --workflow-profile workflow/profiles/default $(if $(MEM_MB)$(GPU_JOBS),--resources $(MEM_MB:%=mem_mb=%) $(GPU_JOBS:%=gpu=%))
SNAKEMAKE = $(LOCALLY) --configfile $(CONFIGS)
# with the force field for other engines, where the goal export has made it
REPORT    = $(SNAKEMAKE) --cores 1 --report results/$(STUDY)/report.html $(if $(wildcard results/$(STUDY)/export),-- all export)

# A Slurm that is stuck is interrupted as by Ctrl-C, so that the tests still stop its daemons.  They take two minutes
# on free cores; with the smoke preset (THERMALCG_CLUSTER=full), which has a limit of its own, ten to thirty more.
SLURM_TEST := tests/workflow/test_slurm.py
SLURM_S    := $(if $(filter full,$(THERMALCG_CLUSTER)),3600,600)

REPLICATES = $(shell seq $(SEEDS))

# another Python's settings would leak into the environment
unexport PYTHONPATH PYTHONHOME
export PYTHONNOUSERSITE := 1

.DEFAULT_GOAL := help
.PHONY: help reproduce estimators dynamics speed engine economics replicate estimate status sharing unlock report test lint format docs \
        audit gpu \
        clean

help:  ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "options: PRESET=$(or $(subst $() ,|,$(PRESETS)),none yet)  CORES=N  MEM_MB=N  GPU_JOBS=N  PYTHON=python3.11  ARGS='-n 2 tests/models' (make test)"

reproduce: $(READY)  ## run the whole study and build its report
	$(SNAKEMAKE) --cores $(CORES)
	$(REPORT)

estimators: $(READY)  ## the benchmark of all routes to the thermal response, on top of the default study
	$(LOCALLY) --configfile config.yaml resources/presets/estimators.yaml --cores $(CORES) -- estimators

dynamics: $(READY)  ## CG dynamics at every temperature, on top of the default study
	$(LOCALLY) --configfile config.yaml resources/presets/dynamics.yaml --cores $(CORES) -- dynamics

speed: $(READY)  ## all-atom against CG speed, 64 to 4,096 molecules, one core and two, on top of the default study
	$(LOCALLY) --configfile config.yaml --cores $(CORES) -- engine_speed

engine: $(READY)  ## checks of the CG engine: time step, long runs and a large box, on top of the study
	$(SNAKEMAKE) --cores $(CORES) -- engine

economics: $(READY)  ## which data to buy: errors against the cost of all-atom runs, on top of the study
	$(SNAKEMAKE) --cores $(CORES) -- economics

replicate: $(READY)  ## does a verdict repeat? SEEDS=6 studies of splines with other seeds, all else the same
	for n in $(REPLICATES); do \
	  $(LOCALLY) --configfile config.yaml resources/presets/replicate.yaml --config study=replicate_$$n seed=$$n \
	    --cores $(CORES) -- claims || exit; \
	done
	PYTHONPATH=workflow $(BIN)/python -m thermalcg.benchmark.replicates \
	  $(REPLICATES:%=results/replicate_%/tables/claims.csv) --csv results/replicate/tables/replicate.csv

estimate: $(READY)  ## what the study will cost here (a minute of measuring): core-hours, memory, disk, wall time
	$(THERMALCG) estimate $(CONFIGS) --cores $(CORES) $(WITH)

status: $(READY)  ## how far a run is, and when it ends; at any time, from its files
	@$(THERMALCG) status results/$(STUDY) --config $(CONFIGS) $(WITH)

sharing: $(READY)  ## how many processes should share this machine's graphics card, and in which precision
	$(THERMALCG) sharing $(CONFIGS) $(ARGS)

unlock: $(READY)  ## after a kill: release the lock that Snakemake left, then run again
	$(SNAKEMAKE) --unlock

report: $(READY)  ## build results/<study>/report.html from finished results
	$(REPORT)

test: $(READY)  ## run the tests
	$(if $(ARGS),$(BIN)/python -m pytest $(ARGS),$(BIN)/python -m pytest -n 2 -m "unit or physics")
	$(if $(ARGS),,$(BIN)/python -m pytest -n 2 --dist loadfile tests/workflow --ignore=$(SLURM_TEST))
	$(if $(ARGS),,timeout --foreground --signal=INT --kill-after=60 $(SLURM_S) $(BIN)/python -m pytest $(SLURM_TEST))

lint: $(READY)  ## check style, spelling, who imports whom, and the workflow
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow/rules
	$(BIN)/codespell
	PYTHONPATH=workflow $(BIN)/lint-imports
	$(SNAKEMAKE) --lint

format: $(READY)  ## put the style right
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt Snakefile workflow/rules

docs: $(READY)  ## build the documentation in docs/_build/html; a warning is an error
	$(BIN)/python -m sphinx -W -b html docs docs/_build/html

audit: $(READY)  ## known weaknesses of the installed packages, if pip-audit is there (advice, not a test)
	@if $(BIN)/python -m pip_audit --version >/dev/null 2>&1; then $(BIN)/python -m pip_audit --local; \
	else echo "pip-audit is not installed: $(BIN)/python -m pip install pip-audit"; fi

gpu: $(READY)  ## add OpenMM's CUDA platform to the environment
	$(BIN)/python -m pip install --disable-pip-version-check -r envs/requirements-gpu.txt

clean:  ## remove caches; results and the environment stay
	rm -rf .pytest_cache .ruff_cache docs/_build
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

# Torch goes first and alone: a package that only asks for "torch" would bring another release.  The library is
# installed last, as a link to this clone, for the command .venv/bin/thermalcg.
$(READY): envs/requirements.txt envs/requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed; name one with: make PYTHON=/path/to/python3.11 ..." >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --disable-pip-version-check "$$(grep '^torch==' envs/requirements.txt)"
	$(BIN)/python -m pip install --disable-pip-version-check -r envs/requirements-dev.txt
	$(BIN)/python -m pip install --disable-pip-version-check --no-deps --editable .
	@touch $@
