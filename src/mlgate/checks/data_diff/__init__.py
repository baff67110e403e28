"""`data_diff`: how the training data differ from those of the baseline."""
