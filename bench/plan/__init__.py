"""A fixed-time plan from the demand: an analytic start, then a search in simulation."""
