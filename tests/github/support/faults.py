"""What can go wrong between a client and GitHub, to be switched on by a test.

Each fault is a function of the request and of what would carry it out; `Once` and its kin say
when it strikes.
"""

from __future__ import annotations

import copy
import threading
from dataclasses import dataclass, field

from mlgate.forges.local.answers import Answer
from mlgate.forges.local.server import Broken

SECONDARY = {"message": "You have exceeded a secondary rate limit. Please wait a few minutes."}
PRIMARY = {"message": "API rate limit exceeded for installation ID 1."}


def _before(status, data=None, **headers):
    """An answer that is given without carrying the request out."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda seen, carry_out, clock: Answer(status, data or {"message": "Sorry"}, named)


def _after(status):
    """The request is carried out, and the answer is lost on the way."""

    def fault(seen, carry_out, clock):
        carry_out()
        return Answer(status, {"message": "Server Error"})

    return fault


def _broken(how, *, done):
    def fault(seen, carry_out, clock):
        answer = carry_out() if done else None
        return Broken(how, answer)

    return fault


def _primary(seen, carry_out, clock):
    reset = str(int(clock()) + 120)
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}
    return Answer(403, PRIMARY, headers)


FAULTS = {
    "500": _before(500),
    "500, carried out": _after(500),
    "502": _before(502),
    "502, carried out": _after(502),
    "503": _before(503),
    "time-out": _broken("hang", done=False),
    "time-out, carried out": _broken("hang", done=True),
    "reset": _broken("reset", done=False),
    "reset in mid-body": _broken("cut", done=True),
    "403 with retry-after": _before(403, SECONDARY, retry_after="7"),
    "403 without": _before(403, SECONDARY),
    "429 with retry-after": _before(429, SECONDARY, retry_after="7"),
    "429 without": _before(429, SECONDARY),
    "primary limit": _primary,
}
"""By the name that the table of `make chaos` gives them."""


@dataclass
class Strike:
    """Lets a fault strike the first `times` requests of one verb and path."""

    verb: str
    template: str
    fault: object
    clock: object
    times: int = 1
    struck: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, seen, carry_out):
        with self.lock:
            hit = (seen.verb, seen.template) == (self.verb, self.template)
            hit = hit and self.struck < self.times
            self.struck += hit
        return self.fault(seen, carry_out, self.clock) if hit else carry_out()


@dataclass
class Stale:
    """Lists and single things are as they were some requests ago: replicas that lag.

    For `times` reads after each write the answer is the one before it; what was just made is
    404, and lists do not show it.
    """

    times: int = 2
    before: dict = field(default_factory=dict)
    lag: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, seen, carry_out):
        if seen.verb != "GET":
            answer = carry_out()
            with self.lock:
                self.lag = self.times
            return answer
        key = (seen.path, tuple(sorted((k, v) for k, v in seen.query.items() if k != "since")))
        with self.lock:
            lagging = self.lag > 0
            self.lag -= lagging
            known = self.before.get(key)
        if lagging:
            return known or _unknown(seen, carry_out())
        answer = carry_out()
        with self.lock:
            self.before[key] = copy.deepcopy(answer)
        return answer


def _unknown(seen, answer):
    if answer.status == 200 and isinstance(answer.data, list):
        return Answer(200, [], answer.headers)
    if answer.status == 200 and "total_count" in answer.data:
        emptied = {k: [] if isinstance(v, list) else 0 for k, v in answer.data.items()}
        return Answer(200, emptied, answer.headers)
    return Answer(404, {"message": "Not Found"})
