"""What a run is compared with: where it comes from, and why there is none."""
