"""`expect`: what the training must have done."""
