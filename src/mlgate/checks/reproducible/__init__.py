"""Whether a commit's training gives the same model again: measured by `mlgate reproduce`."""
