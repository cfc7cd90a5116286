"""Trained force fields in the form of other engines."""
