"""The thermal response: its formulas, and residual products along ordinary trajectories."""
