"""Compiled kernels: arrays and settings in, a result record with a status out."""
