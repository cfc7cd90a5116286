"""From data to training sets: what each training mode learns from."""
