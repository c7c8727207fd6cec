"""What is synced, what a run did and to whom, where everybody stands, and what is told of it."""

from contacts.sync.models.alerts import SyncAlert, SyncNotice, SyncTrigger
from contacts.sync.models.comparisons import ComparedEvent, ComparedPerson, DifferingField, ObserveComparison
from contacts.sync.models.definitions import FieldMapping, SyncDefinition
from contacts.sync.models.headcounts import Headcount
from contacts.sync.models.runs import SyncRow, SyncRun
from contacts.sync.models.states import SyncState

__all__ = [
    "ComparedEvent",
    "ComparedPerson",
    "DifferingField",
    "FieldMapping",
    "Headcount",
    "ObserveComparison",
    "SyncAlert",
    "SyncDefinition",
    "SyncNotice",
    "SyncRow",
    "SyncRun",
    "SyncState",
    "SyncTrigger",
]
