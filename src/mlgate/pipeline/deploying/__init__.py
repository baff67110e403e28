"""`mlgate deploy`: verify, preflight, start without traffic, known inputs, load, judge.

model ─► verify ─► preflight ─► target.start ─► known inputs ─► load, in turns with the running one
            │           │            │               │            │
         refused     problems      error        differences     times
                        └────────────┴───── Trial ───┴────────────┘
                                              │
                     checks.deploy.from_trial ─► deploy.json ─► judge ─► verdict: keep it, or stop it
"""
