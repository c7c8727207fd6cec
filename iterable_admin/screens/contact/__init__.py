"""One person's page: whether they may be mailed and why not, what Iterable holds of them, and everything that happened."""
