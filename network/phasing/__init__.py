"""Which phases there may be beyond those of the program."""
