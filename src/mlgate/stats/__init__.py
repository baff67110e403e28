"""Pure numerics on arrays: intervals, tests, corrections. No I/O, no pandas, one topic a file."""
