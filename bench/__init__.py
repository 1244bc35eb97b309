"""Experiments: run, compare, metrics, latency, faults, report, and the command line."""
