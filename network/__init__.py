"""The road graph: SUMO network to movements, phases, detectors and the engine's arrays."""
