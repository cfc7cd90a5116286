"""Two- plus three-body splines: basis, compiled kernels, fit."""
