"""Motion: correlation functions, memory kernels, and CG dynamics on a physical time scale."""
