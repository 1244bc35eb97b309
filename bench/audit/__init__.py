"""The checker of what was shown; it shares nothing with what it checks."""
