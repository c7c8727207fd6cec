"""A run's own DuckDB: what was read, what is known of everybody, and the difference, set by set."""
