"""Protocols of signal controllers on the street: objects, codecs and ports."""
