"""What may go wrong between us and a controller, whatever it speaks."""

from __future__ import annotations


class FieldError(Exception):
    """The controller did not answer, or refused; str() says which and what was asked."""


class Refused(FieldError):
    """The controller answered, and said no."""


class NotTaken(FieldError):
    """What was read back is not what was written."""


def is_refusal(error: Exception) -> bool:
    """Whether the controller answered, and said no."""
    return isinstance(error, Refused)


class Lost(FieldError):
    """The connection is gone: everything is to be asked anew."""
