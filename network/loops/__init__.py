"""Where loops lie, and what they have to do with each other."""
