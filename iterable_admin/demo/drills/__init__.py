"""Fault drills: events go in while Iterable fails in a chosen way; what it holds in the end is the verdict."""
