"""What the engine works on: intersections, packed into flat tables, and the state that changes."""
