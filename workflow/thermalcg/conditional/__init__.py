"""Sampling at fixed sites: frames, replica exchange, labels, their convergence and the frames that test."""
