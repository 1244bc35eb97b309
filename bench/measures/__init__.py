"""From raw outputs to figures."""
