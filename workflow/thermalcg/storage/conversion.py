"""Units of variables in files: which unit each variable of the library has, and the factor from another one.

A unit is written as a product or quotient of names with whole powers: ``kJ/mol/nm``, ``kcal/(mol angstrom)``,
``nm2 ps^-1``.  A small table is enough for what simulation engines write, and a physicist can check it.
"""

from __future__ import annotations

import re
from collections import Counter

from scipy import constants

from thermalcg.units import AVOGADRO, J_PER_KJ

from .declared import DATASETS

_ANGSTROM = constants.angstrom / constants.nano
_KCAL = constants.calorie * constants.kilo / J_PER_KJ
_EV = constants.eV * AVOGADRO / J_PER_KJ
_HARTREE = constants.physical_constants["Hartree energy"][0] * AVOGADRO / J_PER_KJ
_BOHR = constants.physical_constants["Bohr radius"][0] / constants.nano

#: Names of units, in lower case but for A: the factor to the library's unit, and the dimension.  Energies of
#: single particles (eV, Hartree) are energies per mole of them.
_NAMES: dict[str, tuple[float, dict[str, int]]] = {
    **dict.fromkeys(("nm", "nanometer", "nanometers"), (1.0, {"length": 1})),
    **dict.fromkeys(("angstrom", "angstroms", "ang", "\u00e5", "\u212b"), (_ANGSTROM, {"length": 1})),
    # only in capitals: the unit of files of many simulation engines, none of which holds a current
    "A": (_ANGSTROM, {"length": 1}),
    **dict.fromkeys(("bohr", "bohrs"), (_BOHR, {"length": 1})),
    **dict.fromkeys(("ps", "picosecond", "picoseconds"), (1.0, {"time": 1})),
    **dict.fromkeys(("fs", "femtosecond", "femtoseconds"), (1e-3, {"time": 1})),
    **dict.fromkeys(("ns", "nanosecond", "nanoseconds"), (1e3, {"time": 1})),
    **dict.fromkeys(("k", "kelvin"), (1.0, {"temperature": 1})),
    **dict.fromkeys(("mol", "mole"), (1.0, {"amount": 1})),
    **dict.fromkeys(("kj", "kilojoule", "kilojoules"), (1.0, {"energy": 1})),
    **dict.fromkeys(("kcal", "kilocalorie", "kilocalories"), (_KCAL, {"energy": 1})),
    **dict.fromkeys(("j", "joule"), (1 / J_PER_KJ, {"energy": 1})),
    **dict.fromkeys(("ev", "electronvolt"), (_EV, {"energy": 1, "amount": -1})),
    **dict.fromkeys(("hartree", "ha", "eh"), (_HARTREE, {"energy": 1, "amount": -1})),
    "1": (1.0, {}),
}

#: A name, and a power after ``^``, ``**`` or nothing.
_FACTOR = re.compile(r"(?P<name>1|[^\W\d_]+)(?:(?:\^|\*\*)?(?P<power>[+-]?\d+))?")


class UnknownUnit(ValueError):
    """Text that is no unit of this table, or one of another dimension."""


def conversion_factor(given: str, expected: str) -> float:
    """What values in the unit ``given`` have to be multiplied with to be in the unit ``expected``.

    Exactly 1 where both are the same.

    Raises:
        UnknownUnit: a unit that is not known, or two units of different dimensions.
    """
    if given == expected:
        return 1.0
    try:
        own, own_dimension = _parsed(given)
    except UnknownUnit as error:
        raise UnknownUnit(f"{error}; allowed: {expected} or another unit of that dimension") from None
    other, other_dimension = _parsed(expected)
    if own_dimension != other_dimension:
        raise UnknownUnit(f"unit is {given!r}; allowed: {expected} or another unit of that dimension")
    return own / other


def _parsed(unit: str) -> tuple[float, Counter]:
    """Factor to the library's units and powers of the dimensions."""
    factor, dimension = 1.0, Counter()
    # a/(b c) is a/b/c
    flat = re.sub(r"/\s*\(([^()]*)\)", lambda m: "/" + re.sub(r"[\s*.\u00b7]+", "/", m[1].strip()), unit)
    for index, piece in enumerate(flat.split("/")):
        texts = re.split(r"[\s.\u00b7]+|(?<!\*)\*(?!\*)", piece.strip())
        if index and len(texts) > 1:
            # a/b*c is (a/b)*c by the rules of arithmetic, and a/(b*c) to many who write it
            raise UnknownUnit(f"unit is {unit!r}, which may mean two things; write a/(b*c), a/b/c or a*c/b")
        for text in texts:
            match = _FACTOR.fullmatch(text)
            name = match and (match["name"] if match["name"] in _NAMES else match["name"].lower())
            if name not in _NAMES:
                raise UnknownUnit(f"unit is {unit!r}, of which {text!r} is not known")
            value, powers = _NAMES[name]
            power = int(match["power"] or 1) * (-1 if index else 1)
            factor *= value**power
            for kind, p in powers.items():
                dimension[kind] += p * power
    return factor, Counter({name: p for name, p in dimension.items() if p})


def _declared_units() -> dict[str, str]:
    """Units of the declared variables whose dimension is in the table and the same in every dataset."""
    units: dict[str, set[str]] = {}
    for dataset in DATASETS:
        for name, declared in (dataset.coordinates | dataset.variables).items():
            if declared.unit is not None:
                units.setdefault(name, set()).add(declared.unit)
    return {name: unit for name, (unit, *others) in units.items() if not others and _has_dimension(unit)}


def _has_dimension(unit: str) -> bool:
    try:
        return bool(_parsed(unit)[1])
    except UnknownUnit:
        return False


#: Units of the library's variables, by name; datasets in other units are converted when they are read.
VARIABLE_UNITS = _declared_units()
