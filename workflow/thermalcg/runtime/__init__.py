"""The machine: platforms, cores, progress."""
