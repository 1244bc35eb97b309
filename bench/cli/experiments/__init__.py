"""The commands below ``signal-core bench``."""
