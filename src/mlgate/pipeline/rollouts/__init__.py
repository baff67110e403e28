"""`mlgate rollout`: a look at production is evidence, the policy judges it, the verdict is an action."""
