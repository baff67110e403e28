"""What a forge shows of a run: decided by pure functions, done at the edge.

`destination` where it goes · `content` reports and the plots that are shown · `attempts` which
attempt this is · `render` comment, check runs, status, annotations, a step's page · `post` posts
them part by part, so that what fails stops nothing else. `bundle` packs a run for a trusted stage
and reads such a pack as the hostile input that it may be, `trusted_stage` finds out whose it is,
and `rejudge` judges it again by the policy of the branch that judges.
"""
