"""Saved audiences: counted each night, and what changed between two of those days told by cause."""
