"""What models are judged by: structure, force errors, thermodynamics, motion, speed, and the claims."""
