"""What every link shows, from the phases that are wanted or from a fixed-time plan."""
