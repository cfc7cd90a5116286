"""Trajectories of other engines: their files, their mapping to beads, and the check of both."""
