"""The demo: three pull requests on real data, and a GitHub that is played on this machine.

`play` makes the repository and runs mlgate on each pull request · `serve` posts them to `github`,
a GitHub on loopback that the tests use too. Only `cli/` imports this package.
"""
