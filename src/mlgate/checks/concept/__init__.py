"""`concept`: Whether the model's loss rises over time, and when it began to."""
