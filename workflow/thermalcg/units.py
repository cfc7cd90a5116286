"""Physical constants in the units of the library (nm, ps, kJ/mol, K, amu)."""

#: Boltzmann constant, kJ/(mol K) (CODATA 2018, exact).
KB = 0.00831446261815324

#: Avogadro constant, 1/mol (CODATA 2018, exact).
AVOGADRO = 6.02214076e23

#: 1 g/cm^3 expressed in amu/nm^3.
G_PER_CM3 = AVOGADRO * 1e-21

#: Seconds per day, for ns/day.
SECONDS_PER_DAY = 86400.0
