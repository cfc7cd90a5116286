"""Coarse-grained force fields with a thermal response.

The science of the workflow as an importable library: it knows nothing of
Snakemake.  Units everywhere are nm, ps, kJ/mol, K and amu.
"""

__version__ = "0.1.0"
