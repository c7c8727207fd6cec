"""Who may be mailed what: two verdicts for each person and message type, from rules that are written once.

*Iterable will* follows from what was observed in Iterable, *we should* from the ledger as well. The rules (`rules`) are trees
of conditions over named facts and moments; `person` reads those of one person, `people` writes them as SQL for everybody.
"""
