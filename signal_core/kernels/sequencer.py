"""From the phase wanted to what every link shows next: yellow, red clearance per pair of links, start of green.

A link that keeps its green through a change of phase is never interrupted; a link that gains green waits only
for the links it conflicts with. Codes are those of `signal_core.intersection`.
"""

from signal_core.kernels.compiled import inlined, kernel

RED, YELLOW, PERMISSIVE, GREEN, ARROW = 0, 1, 2, 3, 4


@inlined
def is_green(code):
    return code == PERMISSIVE or code == GREEN


@inlined
def _may_start(i, want, n, shown, wanted, conflicts, yellow_s, intergreen_s, yellow_run_s, ended_s, priority_ended_s):
    """True where link i may start (or rise to) `want` now."""
    for j in range(n):
        if j == i or not conflicts[i * n + j]:
            continue
        owed = intergreen_s[j * n + i]
        if shown[j] == YELLOW and yellow_run_s[j] < yellow_s[j]:
            return False
        if is_green(shown[j]) and not is_green(wanted[j]):
            return False
        if not is_green(shown[j]):
            if ended_s[j] < owed:
                return False
        elif want == GREEN and (shown[j] == GREEN or priority_ended_s[j] < owed):
            return False
    return True


@kernel
def next_codes(n, shown, wanted, conflicts, yellow_s, intergreen_s, min_green_s, green_s, yellow_run_s, ended_s,
               priority_ended_s, proposed):
    """Write the codes to show for the coming second into `proposed`; return 1 when they are the wanted ones.

    n: links. shown, wanted, proposed: uint8[n]. conflicts, intergreen_s: [n * n]. green_s, yellow_run_s: seconds
    the present green or yellow has been shown; ended_s, priority_ended_s: seconds since the last green, and
    the last priority green, ended.
    """
    settled = 1
    for i in range(n):
        now, want = shown[i], wanted[i]
        code = now
        if now == YELLOW:
            if yellow_run_s[i] >= yellow_s[i]:
                code = ARROW if want == ARROW else RED
        elif is_green(now):
            if is_green(want):
                if want == PERMISSIVE or now == want:
                    code = want
                elif _may_start(i, want, n, shown, wanted, conflicts, yellow_s, intergreen_s, yellow_run_s, ended_s,
                                priority_ended_s):
                    code = want
            elif green_s[i] >= min_green_s[i]:
                code = YELLOW if yellow_s[i] > 0 else want
        elif not is_green(want):
            code = want
        elif _may_start(i, want, n, shown, wanted, conflicts, yellow_s, intergreen_s, yellow_run_s, ended_s,
                                priority_ended_s):
            code = want
        proposed[i] = code
        if code != want:
            settled = 0
    return settled


@kernel
def follow(n, shown, taken, green_s, yellow_run_s, ended_s, priority_ended_s, elapsed_s):
    """Advance the timers by `elapsed_s` seconds of `taken` being shown, and copy it into `shown`."""
    for i in range(n):
        before, now = shown[i], taken[i]
        green_s[i] = (green_s[i] if is_green(before) else 0) + elapsed_s if is_green(now) else 0
        yellow_run_s[i] = (yellow_run_s[i] if before == YELLOW else 0) + elapsed_s if now == YELLOW else 0
        ended_s[i] = 0 if is_green(now) else min(ended_s[i] + elapsed_s, 100000)
        priority_ended_s[i] = 0 if now == GREEN else min(priority_ended_s[i] + elapsed_s, 100000)
        shown[i] = now
