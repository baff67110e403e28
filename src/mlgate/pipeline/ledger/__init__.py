"""What was recorded about each evaluation, and what follows from how many there were."""
