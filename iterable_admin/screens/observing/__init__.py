"""Observe mode as a page: what we would send beside what Iterable holds, in counts and person by person."""
