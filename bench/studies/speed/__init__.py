"""How long control takes: per decision, per signal, from the start of a process, and beside SUMO."""
