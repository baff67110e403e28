"""The checks of one run, and what each of them is handed."""
