"""A second implementation of requests as jobs of the planner, one request at a time. Shares no code with the kernel."""

from __future__ import annotations

from dataclasses import dataclass

GREENS = (2, 3)


@dataclass
class Job:
    """A lane with one job: what is there, what comes, what each phase does for it and when."""

    queue: float
    arrivals: list[float]
    rates: list[float]
    lags: list[list[int]]


def job(phases: list[list[int]], links: list[int], lane_rates: list[float] | None, lane_lags: list[list[int]] | None,
        splits: list[list[int]], least_s: int, queue: float, coming: list[float], earliest_s: float,
        likely_s: float, latest_s: float) -> Job:
    """phases: codes shown; links: any of which has to be green; the rest of its lane, or None without one."""
    n, horizon = len(phases), len(coming)
    serves = [any(codes[j] in GREENS for j in links) for codes in phases]
    rates = [(1.0 if lane_rates is None else lane_rates[p]) if serves[p] else 0.0 for p in range(n)]
    lags = [[_lag(a, b, serves, rates, lane_lags, splits, least_s) for b in range(n)] for a in range(n)]
    ahead = 1.0
    if lane_rates is not None:
        before_it = queue + sum(coming[t] for t in range(horizon) if t < int(max(likely_s, 0)))
        ahead = max(1.0, min(before_it, 1.0 + 1.9 * max(0.0, likely_s)))
    best = max(rates)
    first = earliest_s - (ahead / best if best > 0 else 0.0)
    span = max(1.0, max(latest_s, earliest_s) - first)

    def within(a: float, b: float) -> float:
        return max(0.0, min(b, first + span) - max(a, first)) / span

    return Job(min(1.0, max(0.0, -first) / span), [within(t, t + 1.0) for t in range(horizon)],
               [min(1.0, rate / ahead) for rate in rates], lags)


def _lag(a: int, b: int, serves: list[bool], rates: list[float], lane_lags: list[list[int]] | None,
         splits: list[list[int]], least_s: int) -> int:
    if rates[b] == 0.0:
        return 255
    if lane_lags is not None:
        return lane_lags[a][b]
    return 0 if serves[a] else max(0, splits[a][b] - least_s)
