"""Our copy of what Iterable's read endpoints say: refreshed by the hour, with a history, and never mixed with what is ours."""
