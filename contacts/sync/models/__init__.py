"""What is synced (SyncDefinition, FieldMapping), what a run did (SyncRun, SyncRow), and where everybody stands (SyncState)."""

from contacts.sync.models.definitions import FieldMapping, SyncDefinition
from contacts.sync.models.runs import SyncRow, SyncRun
from contacts.sync.models.states import SyncState

__all__ = ["FieldMapping", "SyncDefinition", "SyncRow", "SyncRun", "SyncState"]
