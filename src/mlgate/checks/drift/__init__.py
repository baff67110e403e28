"""`drift`: Whether the data under the model moved since the reference, column by column."""
