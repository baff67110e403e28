"""One module for each kind of router, and for the source that is no router."""
