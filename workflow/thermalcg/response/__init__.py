"""The thermal response: formulas, residual products along trajectories, and the response of a projection."""
