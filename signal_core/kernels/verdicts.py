"""What is thought of a loop, and of what a signal sees: the words, and whom they let be believed."""

from signal_core.kernels.compiled import inlined

HEALTHY, STUCK_ON, DEAD, CHATTER, MISSING, IMPLAUSIBLE, BIASED = 0, 1, 2, 3, 4, 5, 6
SEES, BLIND, NOBODY, WORSE, LOCKED = 0, 1, 2, 3, 4


@inlined
def rate(loops, i):
    """Usual vehicles per second of loop i; 0 while nothing is known."""
    return loops.usual.seen[i] / loops.usual.watched_s[i] if loops.usual.watched_s[i] > 0.0 else 0.0


@inlined
def believed(loops, i):
    """True where the samples of loop i are worked with, as they are or by a factor."""
    return loops.verdict.status[i] == HEALTHY or loops.verdict.status[i] == BIASED
