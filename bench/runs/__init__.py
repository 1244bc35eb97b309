"""Runs: what one is told to do, what all of a study share, and many of them at once."""
