"""Text that people read: one way to write and to escape it, for every room."""
