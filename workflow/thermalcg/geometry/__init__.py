"""Periodic boxes and neighbours."""
