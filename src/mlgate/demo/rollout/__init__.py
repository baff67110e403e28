"""`mlgate demo --rollout`: three new versions behind a real HAProxy, under load."""
