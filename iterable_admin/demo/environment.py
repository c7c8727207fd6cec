"""The settings of the demo: everything embedded, everything in one folder, nothing beyond this machine."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

# So many times Iterable's documented limits, here and in the sandbox: nobody should wait for a demo.
RATE_LIMIT_SCALE = "50"
STAGED = "ITERABLE_ADMIN_DEMO"


@dataclass(frozen=True, slots=True)
class Folder:
    """Where one demo keeps what it made, to be used again by the next."""

    path: Path

    @property
    def warehouse(self) -> Path:
        return self.path / "warehouse.duckdb"

    @property
    def sandbox(self) -> Path:
        return self.path / "sandbox.state"

    def kept(self, name: str, value: str) -> str:
        """The secret of this name: made once, then read back."""
        file = self.path / name
        if not file.exists():
            file.touch(mode=0o600)
            file.write_text(value)
        return file.read_text()


def demo_environment(folder: Folder, iterable_url: str, *, own_sandbox: bool) -> dict[str, str]:
    """The environment of every process of the demo. What the caller set for an outside sandbox is honoured."""
    folder.path.mkdir(parents=True, exist_ok=True)
    scale = RATE_LIMIT_SCALE if own_sandbox else os.environ.get("ITERABLE_RATE_LIMIT_SCALE", "1")
    settle = "0" if own_sandbox else os.environ.get("ITERABLE_SETTLE_SECONDS", "")
    kept = {name: value for name, value in os.environ.items() if name not in ("REDIS_URL", "ITERABLE_UPDATE_ONLY")}
    return (
        kept
        | {
            STAGED: "1",
            "ENVIRONMENT": "demo",
            "DEBUG": "false",
            "VAR_DIR": str(folder.path),
            "DATABASE_URL": f"sqlite:///{folder.path / 'demo.sqlite3'}",
            "WAREHOUSE_URL": f"duckdb:///{folder.warehouse}",
            "SECRET_KEY": folder.kept("secret_key", secrets.token_urlsafe(50)),
            "ADDRESS_KEY": folder.kept("address_key", secrets.token_urlsafe(32)),
            "ITERABLE_BASE_URL": iterable_url,
            "ITERABLE_API_KEY": os.environ.get("ITERABLE_API_KEY", "demo-key-of-the-sandbox-0123456789"),
            "ITERABLE_PROJECT_TYPE": "email",
            "ITERABLE_RATE_LIMIT_SCALE": scale,
            "SENDING": "live",
            "SENDING_ALLOW_LIST": "*",
            "DELIVERY_LEASE_SECONDS": "60",
            "MARKETO_TIME_ZONE": "UTC",
            "LOG_LEVEL": "WARNING",
            "PYTHONUNBUFFERED": "1",
        }
        | ({"ITERABLE_SETTLE_SECONDS": settle} if settle else {})
    )
