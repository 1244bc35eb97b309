"""The frontier: every controller on every map at several levels of demand, in one table."""
