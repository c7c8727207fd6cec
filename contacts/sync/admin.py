"""The sync in the admin: importing each registers it."""

from __future__ import annotations

from contacts.sync import alert_admin, definition_admin, notice_admin, row_admin, run_admin  # noqa: F401
