"""Worlds to run in: generated networks and demand, and any .sumocfg from outside."""
