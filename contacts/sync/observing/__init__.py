"""Observe mode, for running beside other tools before the cut-over: what would be sent, compared with what Iterable holds.

It stands with the sync because it compares, as the sync does, and because its rows are let go of with the sync's.
"""
