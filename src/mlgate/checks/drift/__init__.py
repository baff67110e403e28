"""`drift`: Whether the data under the model have drifted from the reference, column by column."""
