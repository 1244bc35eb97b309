"""TLC-FI: JSON-RPC over TCP between a controller's facilities and an application in control of its signal groups."""
