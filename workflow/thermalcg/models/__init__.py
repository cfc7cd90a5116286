"""What a force field is: expansion in temperature, prior, architectures, potential, and its file."""
