"""Files: datasets, tables, checkpoints, seeds, provenance."""
