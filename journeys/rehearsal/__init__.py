"""A journey rehearsed against everybody we know, before it touches anyone."""
