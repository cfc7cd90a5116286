"""Coarse-grained molecular dynamics."""
