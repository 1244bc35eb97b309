"""The loop of a controlled run, and what passes between a street and the engine in it."""
