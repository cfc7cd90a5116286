"""The configuration of a study: its keys, their checks, and the files they are read from."""
