"""Physical constants in the units of the library (nm, ps, kJ/mol, K, amu)."""

from __future__ import annotations

from scipy import constants

#: Avogadro constant, 1/mol.
AVOGADRO = constants.N_A

#: Joule in a kilojoule.
J_PER_KJ = constants.kilo

#: Boltzmann constant, kJ/(mol K).
KB = constants.k * AVOGADRO / J_PER_KJ

#: Picoseconds in a femtosecond.
PS_PER_FS = 1e-3

#: Femtoseconds in a picosecond.
FS_PER_PS = 1e3

#: Nanoseconds in a picosecond.
NS_PER_PS = 1e-3

#: Picoseconds in a nanosecond.
PS_PER_NS = 1e3

#: Metres in a nanometre.
M_PER_NM = constants.nano

#: 1 nm^2/ps expressed in 1e-9 m^2/s, the usual unit of diffusion.
NM2_PER_PS = 1e3

#: 1 m^2/s expressed in nm^2/ps.
M2_PER_S = 1e6

#: 1 / (4 pi epsilon_0), kJ nm/mol/e^2 (CODATA 2018; scipy's epsilon_0 changes with its version).
COULOMB = 138.93545764438198

#: 1 kJ/mol/nm^3 expressed in bar.
BAR = J_PER_KJ / AVOGADRO / M_PER_NM**3 / constants.bar

#: 1/ps, a frequency, expressed in 1/cm, a wave number.
PER_PS = constants.tera / (constants.c / constants.centi)

#: 1 g/cm^3 expressed in amu/nm^3.
G_PER_CM3 = AVOGADRO * 1e-21

#: Seconds per day, for ns/day.
SECONDS_PER_DAY = constants.day
