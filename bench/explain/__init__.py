"""Why: what the engine saw at one moment, what it weighed and what it chose."""
