"""What can go wrong between a client and GitHub, to be switched on by a test.

Each fault is a function of the request and of what would carry it out; `Once` and its kin say
when it strikes.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import json
import threading
import urllib.parse
from dataclasses import dataclass, field

from mlgate.demo.github.answers import Answer
from mlgate.demo.github.server import Broken

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


def _until(seen, carry_out, clock):
    until = email.utils.formatdate(clock() + 7, usegmt=True)
    return Answer(429, SECONDARY, {"Retry-After": until})


def _moved(seen, carry_out, clock):
    """Send the request on to where it was sent, as for a repository that was renamed."""
    query = f"?{urllib.parse.urlencode(seen.query)}" if seen.query else ""
    prefix = "/api" if seen.path == "/graphql" else "/api/v3"
    return Answer(307, {"message": "Moved"}, {"Location": f"{prefix}{seen.path}{query}"})


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
    "429 with a date": _until,
    "429 without": _before(429, SECONDARY),
    "307": _moved,
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
class Lag:
    """A replica that lags: for `seconds` after a change one endpoint answers as before it.

    What was just made is 404 there, and lists do not show it.
    """

    verb: str
    template: str
    clock: object
    seconds: float = 0.8
    struck: int = 0
    changed: float = 0.0
    before: dict = field(default_factory=dict)
    noticed: dict = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, seen, carry_out):
        now = self.clock()
        mine = (seen.verb, seen.template) == (self.verb, self.template)
        if seen.verb != "GET" and not mine:
            self.changed = now
        if not mine:
            return carry_out()
        if seen.verb != "GET":
            if now - self.changed < self.seconds:
                self.struck += 1
                return Answer(404, {"message": "Not Found"})
            return carry_out()
        with self.lock:
            return self._read(seen, carry_out(), now)

    def _read(self, seen, truth, now):
        key = (seen.path, tuple(sorted(seen.query.items())))
        text = json.dumps(truth.data)
        before = self.before.get(key)
        since = self.noticed.setdefault((key, text), self.changed)
        if now - since < self.seconds and (before is None or json.dumps(before.data) != text):
            self.struck += 1
            return before or _unknown(truth, now - self.seconds)
        self.before[key] = truth
        return truth


def _unknown(truth, heard):
    """What a replica says that has heard of nothing since a time."""
    if truth.status != 200:
        return truth
    if isinstance(truth.data, list):
        return Answer(200, [one for one in truth.data if _made(one) < heard], truth.headers)
    if "total_count" in truth.data:
        kept = {
            key: [one for one in value if _made(one) < heard] if isinstance(value, list) else value
            for key, value in truth.data.items()
        }
        return Answer(200, kept, truth.headers)
    return Answer(404, {"message": "Not Found"})


def _made(item):
    when = item.get("created_at") or item.get("started_at")
    return dt.datetime.fromisoformat(when).timestamp() if when else 0.0
