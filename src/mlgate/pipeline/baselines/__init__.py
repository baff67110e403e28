"""What a run is compared with, and how a run becomes a baseline."""
