"""What a virtual controller does at the commands of its supervisor. A wrong security code denies the whole message."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bench.desk.banded import BandedPlans
from bench.desk.controller import BY_CLOCK, FLASH, Controller
from bench.desk.rsmp_values import Values
from bench.desk.setup import TENTHS
from controllers.field.rsmp import sxl
from controllers.field.rsmp.messages import Argument, CommandRequest, Returned
from controllers.field.rsmp.peer import Denied

WRONG_CODE = "Incorrect security code"
LEVEL_1 = frozenset({"M0104"})
MINUTE_S = 60
Arguments = Mapping[str, str]


class Commands:
    """`codes`: security codes by level."""

    def __init__(self, values: Values, plans: BandedPlans, codes: Mapping[int, str]) -> None:
        self._values, self._plans, self.codes = values, plans, dict(codes)
        self.controller: Controller = values.controller
        self._flash_left_s: int | None = None
        self._known: Mapping[str, Callable[[Arguments], str]] = {
            "M0001": self._position, "M0002": self._plan, "M0014": self._bands, "M0015": self._offset,
            "M0018": self._cycle, "M0023": self._timeout, "M0103": self._code, "M0104": self._clock}

    def do(self, request: CommandRequest) -> tuple[Returned, ...]:
        """All of a message; raises Denied for a code that is wrong or a command that is not there."""
        rows: dict[str, dict[str, str]] = {}
        for one in request.arg:
            rows.setdefault(one.cCI, {})[one.n] = str(one.v)
        for code, given in rows.items():
            self._require(code, given, request.arg)
        odd = {code: why for code, given in rows.items() if (why := self._known[code](given))}
        self._plans.take()
        return tuple(Returned(cCI=one.cCI, n=one.n, v=None if one.cCI in odd else str(one.v),
                              age="unknown" if one.cCI in odd else "recent") for one in request.arg)

    def _require(self, code: str, given: Arguments, arguments: tuple[Argument, ...]) -> None:
        if code not in self._known:
            raise Denied(f"{code}: not supported")
        name, needed = sxl.COMMANDS[code]
        if any(one.cO != name for one in arguments if one.cCI == code):
            raise Denied(f"{code}: its command is {name}")
        missing = [one for one in needed if one not in given]
        if missing:
            raise Denied(f"{code}: {missing[0]} is missing")
        if code == "M0103":
            level = {"Level1": 1, "Level2": 2}.get(given["status"], 0)
            right = level in self.codes and given["oldSecurityCode"] == self.codes[level]
        else:
            right = given["securityCode"] == self.codes[1 if code in LEVEL_1 else 2]
        if not right:
            raise Denied(WRONG_CODE)

    def second(self) -> None:
        """A second passes: a functional position that has its time."""
        if self._flash_left_s is not None:
            self._flash_left_s -= 1
            if self._flash_left_s <= 0:
                self._flash_left_s, self.controller.orders.pattern = None, BY_CLOCK

    def lost(self) -> None:
        """Without a supervisor for too long: the plan by the clock, and plans as they were programmed."""
        self.controller.orders.pattern = BY_CLOCK
        self._flash_left_s = None
        self._plans.restore()

    def _position(self, given: Arguments) -> str:
        minutes = sxl.whole(given["timeout"])
        if given["status"] not in ("NormalControl", "YellowFlash") or minutes is None or not 0 <= minutes <= 1440:
            return "NormalControl or YellowFlash, and a time-out in minutes"
        flashes = given["status"] == "YellowFlash"
        self.controller.orders.pattern = FLASH if flashes else BY_CLOCK
        self._flash_left_s = minutes * MINUTE_S if flashes and minutes else None
        return ""

    def _plan(self, given: Arguments) -> str:
        number = sxl.whole(given["timeplan"])
        if sxl.truth(given["status"]) is False:
            self.controller.orders.pattern = BY_CLOCK
            return ""
        if number not in self._plans.numbers:
            return f"no plan {given['timeplan']}"
        self.controller.orders.pattern = number
        self.controller.touch()
        return ""

    def _of_banded(self, given: Arguments) -> bool:
        return sxl.whole(given["plan"]) == self._plans.number

    def _bands(self, given: Arguments) -> str:
        rows = [part.split("-") for part in given["status"].split(",")]
        found = {int(row[0]): int(row[1]) for row in rows if len(row) == 2 and all(one.isdecimal() for one in row)}
        if not self._of_banded(given) or len(found) != len(rows):
            return "a plan with bands, and band-extension by comma"
        return self._plans.change(extension_s=found)

    def _offset(self, given: Arguments) -> str:
        return self._plans.change(offset_s=_number(given)) if self._of_banded(given) else "not to be changed"

    def _cycle(self, given: Arguments) -> str:
        return self._plans.change(cycle_s=_number(given)) if self._of_banded(given) else "not to be changed"

    def _timeout(self, given: Arguments) -> str:
        minutes = _number(given)
        if not 0 <= minutes <= sxl.MOST_NUMBER:
            return "0 to 65535 minutes"
        self._values.band_timeout_min = minutes
        return ""

    def _code(self, given: Arguments) -> str:
        self.codes[{"Level1": 1, "Level2": 2}[given["status"]]] = given["newSecurityCode"]
        return ""

    def _clock(self, given: Arguments) -> str:
        seconds = sxl.clock(given)
        if seconds is None:
            return "no date"
        self.controller.clock_tenths = round(seconds * TENTHS)
        return ""


def _number(given: Arguments) -> int:
    found = sxl.whole(given["status"])
    return -1 if found is None else found
