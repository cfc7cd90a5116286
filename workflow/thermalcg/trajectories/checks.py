"""The check of a mapped trajectory before anything is trained on it: do its parts belong together?"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import stdtrit

from thermalcg.geometry.inputs import checked_box
from thermalcg.statistics import block_means, rms, standard_error
from thermalcg.units import G_PER_CM3, KB

from .energy_lag import energy_lag
from .force_balance import (
    FEWEST_BLOCKS,
    ForceBalance,
    PairSums,
    block_count,
    force_balances,
    overall_factor,
    pair_sums,
)

#: Allowed factor between measured and expected forces.  Integrators at long time steps cost up to 2 %;
#: the mildest
#: unit error is a factor of more than 4, and a temperature of 320 K in place of 300 K one of 1.07.
FACTOR = (0.95, 1.05)

#: How near to the factor of a unit error a measured one has to be to be called by its name; a third of
#: the distance
#: between the two closest of them (23.06 and 41.84, or 0.0239 and 0.0434).
UNIT_TOLERANCE = 0.2

#: Probability with which an error of measurement does not decide a verdict.
LEVEL = 0.999

#: Rms of the total force over what independent forces would give: 1 if forces are random, 0 if momentum
#: is conserved.
#: Mesh electrostatics leave a thousandth.
NET_FORCE = 0.05

#: Kinetic temperature over that of the run: half steps of leapfrog integrators and fixed momenta cost 1-3 %.
KINETIC = (0.95, 1.05)

#: Density, g/cm3: liquids lie between hydrogen (0.07) and mercury (13.5), and an error of a factor of
#: ten in lengths
#: is one of a thousand in density.
DENSITY = (0.05, 20.0)

#: Largest share of time intervals that may differ from the median by more than 1 %: none.
UNEVEN = 0.0

_KCAL, _ANGSTROM, _EV = 4.184, 10.0, 96.4853

#: Factors of unit errors, and what each says.
UNIT_ERRORS = {
    1 / _KCAL: "forces in kcal/mol were read as kJ/mol",
    _KCAL: "forces in kJ/mol were read as kcal/mol",
    1 / _ANGSTROM: "forces per angstrom were read as per nm, or positions in nm as angstrom",
    _ANGSTROM: "forces per nm were read as per angstrom, or positions in angstrom as nm",
    1 / (_KCAL * _ANGSTROM): "forces in kcal/mol/angstrom were read as kJ/mol/nm",
    _KCAL * _ANGSTROM: "forces in kJ/mol/nm were read as kcal/mol/angstrom",
    1 / _EV: "forces in eV were read as kJ/mol",
    _EV: "forces in kJ/mol were read as eV",
    1 / (_EV * _ANGSTROM): "forces in eV/angstrom were read as kJ/mol/nm",
    _EV * _ANGSTROM: "forces in kJ/mol/nm were read as eV/angstrom",
    _KCAL / _EV: "forces in eV were read as kcal/mol",
    _EV / _KCAL: "forces in kcal/mol were read as eV",
    -1.0: "forces have the wrong sign: they are gradients",
}


class Row(NamedTuple):
    """A row of the table of checks; NaN where there is no number."""

    check: str
    value: float
    stderr: float
    low: float
    high: float
    verdict: str
    meaning: str


@dataclass(frozen=True)
class TrajectoryCheck:
    """What the check of one trajectory has found.

    Attributes:
        temperature: K.
        table: one row for each check, with the columns of ``Row``.
        balances: both sides of the Yvon-Born-Green equation, for each pair of species; empty for few frames.
    """

    temperature: float
    table: pd.DataFrame
    balances: list[ForceBalance]

    def labelled(self) -> pd.DataFrame:
        """The table with the temperature in front."""
        table = self.table.copy()
        table.insert(0, "temperature_K", self.temperature)
        return table

    @property
    def failed(self) -> bool:
        """Whether a check has failed."""
        return bool((self.table["verdict"] == "fails").any())


def check_trajectory(mapped: xr.Dataset) -> TrajectoryCheck:
    """Check that positions, forces, energies, times, box and temperature of a trajectory belong together.

    Args:
        mapped: dataset ``mapped/{T}.nc``.
    """
    temperature = float(mapped.attrs["temperature_K"])
    edges = checked_box(mapped.attrs["box_nm"])
    beads = mapped.sizes["bead"]
    species = mapped["species"].values.astype(np.int64) if "species" in mapped else np.zeros(beads, np.int64)
    names = tuple(json.loads(mapped.attrs["species_names"])) if "species_names" in mapped.attrs else ("bead",)
    position, force = mapped["position"].values, mapped["force"].values
    rows, balances = [], []
    sums = pair_sums(position, force, edges, species) if beads > 1 else None
    if sums is not None and len(sums.frames) >= 2 * FEWEST_BLOCKS:
        balances = force_balances(sums, temperature, names)
        rows += _balance_rows(sums, balances, temperature)
    else:
        meaning = f"{len(position)} frames of {beads} beads are too few to compare forces with g(r)"
        rows.append(Row("force_balance", math.nan, math.nan, *FACTOR, "undecided", meaning))
    rows += [_net_force(force), *_frames(position), _times(mapped["time"].values)]
    rows.append(_energies(mapped["potential_energy"].values, sums))
    mass = (
        mapped["bead_mass"].values
        if "bead_mass" in mapped
        else mapped.attrs["bead_mass_amu"] * np.ones(beads)
    )
    rows.append(_density(mass, edges))
    rows.append(_filling(position, edges))
    if "velocity" in mapped:
        rows.append(_kinetic(mapped["velocity"].values, mass, temperature))
    return TrajectoryCheck(temperature, pd.DataFrame(rows, columns=Row._fields), balances)


def as_text(found: TrajectoryCheck) -> str:
    """The table of a check as lines of text: verdict, check, value with its error, and what it means."""
    lines = []
    for row in found.table.itertuples():
        value = "" if math.isnan(row.value) else f"{row.value:.4g}"
        value += "" if math.isnan(row.stderr) else f" +- {row.stderr:.2g}"
        lines.append(f"{row.verdict:<10}{row.check:<22}{value:<20}{row.meaning}")
    return "\n".join(lines)


def unit_error(factor: float, stderr: float) -> str | None:
    """The unit error that a factor between measured and expected forces is the sign of, in words.

    Args:
        stderr: standard error of the factor.
    """
    for known, meaning in UNIT_ERRORS.items():
        if (
            abs(factor / known - 1) < max(UNIT_TOLERANCE, 3 * stderr / abs(known))
            and stderr < abs(factor) / 3
        ):
            return meaning
    return None


def judged(value: float, stderr: float, allowed: tuple[float, float], pieces: int) -> str:
    """``holds`` or ``fails`` where the interval of a value lies wholly inside or outside; else ``undecided``.

    Args:
        pieces: independent pieces that the standard error is from.
    """
    width = stdtrit(pieces - 1, (1 + LEVEL) / 2) * stderr
    low, high = value - width, value + width
    if allowed[0] <= low and high <= allowed[1]:
        return "holds"
    return "fails" if high < allowed[0] or low > allowed[1] else "undecided"


def _balance_rows(sums: PairSums, balances: list[ForceBalance], temperature: float) -> Iterator[Row]:
    """A row for all pairs, and where there are several species one for each pair of them."""
    pieces = block_count(len(sums.frames))
    yield _balance_row("force_balance", *overall_factor(sums, temperature), temperature, pieces)
    for balance in balances if len(balances) > 1 else []:
        name = f"force_balance {'-'.join(balance.pair)}"
        yield _balance_row(name, balance.factor, balance.factor_se, temperature, pieces)


def _balance_row(name: str, factor: float, error: float, temperature: float, pieces: int) -> Row:
    verdict = judged(factor, error, FACTOR, pieces)
    unit = unit_error(factor, error)
    if verdict == "holds":
        meaning = "mean forces along pairs are kB T d ln g/dr"
    elif unit:
        verdict, meaning = "fails", f"the factor is that of a unit error: {unit}; see units in the run file"
    elif verdict == "fails":
        meaning = (
            f"temperature, forces or mapping do not belong together; forces and g(r) would fit at "
            f"{factor * temperature:.4g} K, and the run is said to be at {temperature:.6g} K"
        )
    else:
        meaning = "the error is too large to tell; give more frames"
    return Row(name, factor, error, *FACTOR, verdict, meaning)


def _net_force(force: np.ndarray) -> Row:
    """Rms of the total force over that of as many independent forces."""
    total = force.sum(axis=1, dtype=float)
    value = rms(total) / (rms(force) * math.sqrt(force.shape[1])) if force.any() else math.nan
    if not force.any():
        return Row("net_force", value, math.nan, 0, NET_FORCE, "fails", "all forces are zero")
    if value <= NET_FORCE:
        return Row("net_force", value, math.nan, 0, NET_FORCE, "holds", "forces add up to zero")
    meaning = (
        "forces do not add up to zero: molecules are missing, an outer field acts, virtual sites count "
        "twice, or the "
        "random forces of a thermostat are among them (fix langevin of LAMMPS; dump with fix nvt instead)"
    )
    return Row("net_force", value, math.nan, 0, NET_FORCE, "fails", meaning)


def _frames(position: np.ndarray) -> Iterator[Row]:
    """Frames that repeat the one before, and beads that never move."""
    moved = np.array([(b != a).any(axis=-1) for a, b in zip(position[:-1], position[1:], strict=True)])
    repeated = np.flatnonzero(~moved.any(axis=1)) + 1
    frozen = np.flatnonzero(~moved.any(axis=0))
    n = len(repeated)
    meaning = (
        f"{n} frames repeat the one before, the first is frame {repeated[0]} (from 0)" if n else "all differ"
    )
    yield Row("repeated_frames", n, math.nan, 0, 0, "fails" if n else "holds", meaning)
    n = len(frozen) if len(frozen) < position.shape[1] else 0
    meaning = f"{n} beads never move, the first is bead {frozen[0]} (from 0)" if n else "all beads move"
    yield Row("frozen_beads", n, math.nan, 0, 0, "fails" if n else "holds", meaning)


def _times(time: np.ndarray) -> Row:
    step = np.diff(time)
    if (step <= 0).any():
        index = int(np.flatnonzero(step <= 0)[0]) + 1
        share = float((step <= 0).mean())
        return Row(
            "time_order", share, math.nan, 0, 0, "fails", f"frame {index} is not later than the one before"
        )
    uneven = np.abs(step / np.median(step) - 1) > 0.01
    if uneven.any():
        index = int(np.flatnonzero(uneven)[0]) + 1
        meaning = (
            f"{int(uneven.sum())} intervals differ from {np.median(step):.6g} ps, the first before frame "
            f"{index}; "
            "correlation times need even intervals"
        )
        return Row("time_order", float(uneven.mean()), math.nan, 0, UNEVEN, "fails", meaning)
    return Row("time_order", 0.0, math.nan, 0, UNEVEN, "holds", "times increase in even steps")


def _energies(energy: np.ndarray, sums: PairSums | None) -> Row:
    if np.ptp(energy) == 0:
        return Row("energy_lag", math.nan, math.nan, 0, 0, "fails", "the potential energy never changes")
    found = energy_lag(energy, sums) if sums is not None else None
    if found is None or not found.certain:
        why = "too few frames" if found is None else "no shift fits better than another"
        return Row(
            "energy_lag", math.nan, math.nan, 0, 0, "undecided", f"{why} to tell which frame an energy is of"
        )
    if found.lag == 0:
        meaning = (
            f"energies are those of their frames (the beads explain {found.explained:.0%} of their variance)"
        )
        return Row("energy_lag", 0, math.nan, 0, 0, "holds", meaning)
    side = "after" if found.lag > 0 else "before"
    meaning = f"energies fit best to the frame one {side} theirs; match them by time"
    return Row("energy_lag", found.lag, math.nan, 0, 0, "fails", meaning)


def _density(mass: np.ndarray, edges: np.ndarray) -> Row:
    density = float(mass.sum() / (edges.prod() * G_PER_CM3))
    holds = DENSITY[0] <= density <= DENSITY[1]
    meaning = (
        "g/cm3, that of a liquid" if holds else "g/cm3, not that of a liquid: look at the units of the box"
    )
    return Row("density", density, math.nan, *DENSITY, "holds" if holds else "fails", meaning)


def _filling(position: np.ndarray, edges: np.ndarray) -> Row:
    """Largest Fourier coefficient of the density at the longest waves of the box: 0 if it is full."""
    chosen = position[:: max(1, len(position) // 200)]
    wave = np.exp(2j * np.pi * chosen / edges).mean(axis=1)
    value = float(np.abs(wave.mean(axis=0)).max()) if len(chosen) > 1 else math.nan
    # a liquid that fills half the box alone has 2/pi
    allowed = (0.0, 1 / math.pi)
    holds = value <= allowed[1]
    meaning = (
        "the beads fill the box"
        if holds
        else "the beads fill a part of the box only: box or positions are wrong"
    )
    return Row("box_filling", value, math.nan, *allowed, "holds" if holds else "fails", meaning)


def _kinetic(velocity: np.ndarray, mass: np.ndarray, temperature: float) -> Row:
    series = np.einsum("tbx,tbx,b->t", velocity, velocity, mass, dtype=float) / (
        3 * len(mass) * KB * temperature
    )
    pieces = min(10, len(series))
    if pieces < 4:
        return Row("kinetic_temperature", math.nan, math.nan, *KINETIC, "undecided", "too few frames")
    value, error = float(series.mean()), float(standard_error(block_means(series, pieces)))
    verdict = judged(value, error, KINETIC, pieces)
    meaning = f"the beads' velocities are those of {value * temperature:.4g} K"
    return Row("kinetic_temperature", value, error, *KINETIC, verdict, meaning)
