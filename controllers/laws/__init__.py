"""Controllers by name, one file each: the plan, SUMO's own rules, rules of the literature, adaptive control."""
