"""SUMO as a street: the one gate to it, and what is read from it beyond loops."""
