"""What a signal is by its program: links, phases, rings, plans, and which program is in force when."""
