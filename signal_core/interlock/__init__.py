"""The last word on every state before it is shown; it shares nothing with the rest of the engine."""
