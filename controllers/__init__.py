"""Control laws and what they drive: ports to SUMO, replay, later cabinets."""
