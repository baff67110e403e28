"""The kinds of store, one file each: `KIND` says how to open one. Nothing is registered."""
