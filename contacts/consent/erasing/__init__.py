"""The right to be forgotten: Iterable is told, here the person is blanked, and nothing brings them back."""
