"""Forges: where results are shown to people. Narrow protocols, and GitHub behind them.

`protocols` says what a forge can do, one protocol a capability; `data` holds the frozen types
that cross it; `sticky` keeps one comment a key, whatever happens around it. A forge is a module
of this package, found by its name, with a function `from_environ`: `github` is one. Nothing here
computes or judges.

What holds for every method of every protocol
---------------------------------------------
- **Errors** are `ForgeError`s, told in words without any token: `MissingPermissionError` names the
  permission and the line of YAML that grants it, `RateLimitedError` says until when. Reading what
  is not there gives None, not an error.
- **Answers** that are not the forge's (a proxy's page, a redirect to another host, fields that are
  missing or of another type) are `ForgeError`s as well; the token is sent to the forge alone.
- **Retries** happen inside: 5xx, time-outs, broken connections and rate limits, with
  `retry-after`, else the reset time, else exponentially (from 60 s for secondary limits);
  the waiting of one client is bounded by its `Patience` (5 minutes by default), so that a job
  never hangs on a forge that is down.
- **Doubt**: a create whose answer was lost (5xx, time-out, reset) may have happened. It is
  looked for before it is repeated, so that nothing is posted twice. Dispatches cannot be looked
  for: they are not repeated, and the error says that it is unknown whether one was started.
- **Limits** of the forge (65,536 characters, 140 characters, 50 annotations a request) are kept
  here: annotations are appended by 50, a description is cut with an ellipsis, a check's summary
  and a comment that are too long are a `UsageError` before any request: cutting is rendering's.

What is the newest
------------------
A `RunStamp` (run id, attempt) orders the writers of one key. Comments and checks of an older
stamp never replace those of a newer one; equal stamps replace one another. A stamp that is newer than
one's own is a claim: `newer` says when it is believed.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING, cast

from mlgate.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlgate.forges.protocols import Driver, Forge


def connect(name: str, environ: Mapping[str, str]) -> Forge:
    """Return the forge of a name, as the variables of this process let it be reached.

    Raises
    ------
    UsageError
        When there is no such forge, or a variable that it needs is not valid.
    MissingTokenError
        When there is nothing to open it with.
    """
    drivers = _drivers()
    if name not in drivers:
        raise UsageError(f"there is no forge {name!r}", hint=f"one of: {', '.join(drivers)}")
    return drivers[name].from_environ(environ)


def _drivers() -> dict[str, Driver]:
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = {name: importlib.import_module(f"{__name__}.{name}") for name in names}
    return {
        name: cast("Driver", module)
        for name, module in modules.items()
        if "from_environ" in vars(module)
    }
