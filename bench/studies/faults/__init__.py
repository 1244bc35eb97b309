"""Faults on purpose: what they are, how they are injected, and what came of them."""
