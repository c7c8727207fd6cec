"""The right of access: one bundle of all that is known about a person, here and in Iterable."""
