"""What a forge is told of a run: decided by pure functions, done at the edge.

`target` where it goes · `past` which attempt this is · `told` comment, check runs and status ·
`remarks` annotations on the lines of mlgate.yaml · `pictures` which plots a comment shows ·
`post` does it, part by part, so that what fails stops nothing else · `summary` what a step shows
of it all. `bundle` packs a run for a trusted stage, `unpack` reads such a pack as the hostile
input that it may be, `trusted` says whose it is and `rejudge` judges it again by the base
branch's policy.
"""
