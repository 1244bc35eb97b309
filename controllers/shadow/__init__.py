"""A recorded controller beside the engine: what it would have done with the same detectors."""
