"""Forges: where results are shown to people. Narrow protocols, and GitHub behind them.

`protocols` says what a forge can do, one protocol a capability; `data` holds the frozen types
that cross it; `sticky` keeps one comment a key, whatever happens around it. `github` is
GitHub's implementation (`github.connect` gives one). Nothing here computes or judges.

What holds for every method of every protocol
---------------------------------------------
- **Errors** are `ForgeError`s, told in words without any token: `MissingPermissionError` names the
  permission and the line of YAML that grants it, `RateLimitedError` says until when. Reading what
  is not there gives None, not an error.
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
A `Stamp` (run id, attempt) orders the writers of one key. Comments and checks of an older
stamp never replace those of a newer one; equal stamps replace one another.
"""
