"""A run's own DuckDB file: what was read, what is known of everybody, and the difference, set by set."""
