"""The settings of the demo: everything embedded, everything in one folder, nothing beyond this machine."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

# So many times Iterable's documented limits, here and in the sandbox: nobody should wait for a demo.
RATE_LIMIT_SCALE = "50"
STAGED = "ITERABLE_ADMIN_DEMO"
KEY = "demo-key-of-the-sandbox-0123456789"

# Named one by one, the defaults too: a .env for production may lie in this checkout, and it fills in whatever is not set.
EMBEDDED = {
    STAGED: "1",
    "ENVIRONMENT": "demo",
    "DEBUG": "false",
    "SECRET_KEY_FALLBACKS": "",
    "ALLOWED_HOSTS": "127.0.0.1,localhost",
    "CSRF_TRUSTED_ORIGINS": "",
    "BEHIND_PROXY": "false",
    "SECURE_SSL_REDIRECT": "false",
    "SECURE_HSTS_SECONDS": "0",
    "METRICS_TOKEN": "",
    "REDIS_URL": "",
    "Q_CLUSTER_NAME": "",
    "GUNICORN_CMD_ARGS": "",
    "ITERABLE_PROJECT_TYPE": "email",
    "ITERABLE_UPDATE_ONLY": "false",
    "SENDING": "live",
    "SENDING_ALLOW_LIST": "*",
    "DELIVERY_LEASE_SECONDS": "60",
    "MARKETO_TIME_ZONE": "UTC",
    "SYNC_WINDOW_MONTHS": "2",
    "SYNC_SKIP_NEVER_LOGGED_IN": "true",
    "SYNC_SKIP_WITHOUT_NAMESPACE": "true",
    # What would lead beyond this machine: mail, a webhook, a sign-in provider, and links to another installation.
    "EMAIL_URL": "",
    "NOTIFY_EMAILS": "",
    "NOTIFY_WEBHOOK_URL": "",
    "OIDC_ISSUER": "",
    "OIDC_CLIENT_ID": "",
    "OIDC_CLIENT_SECRET": "",
    "PUBLIC_URL": "",
    "PROXY_COUNT": "0",
    # The same in each demo of a folder, whose secrets it has to read again.
    "SECRETS_KEYS": "development-only-key-of-the-secrets",
    "LOG_LEVEL": "WARNING",
    "PYTHONUNBUFFERED": "1",
}


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

    @property
    def logs(self) -> Path:
        return self.path / "logs"

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
    return os.environ | EMBEDDED | _kept_in(folder) | _iterable(iterable_url, own_sandbox=own_sandbox)


def _kept_in(folder: Folder) -> dict[str, str]:
    return {
        "VAR_DIR": str(folder.path),
        "DATABASE_URL": f"sqlite:///{folder.path / 'demo.sqlite3'}",
        "WAREHOUSE_URL": f"duckdb:///{folder.warehouse}",
        "SECRET_KEY": folder.kept("secret_key", secrets.token_urlsafe(50)),
        "ADDRESS_KEY": folder.kept("address_key", secrets.token_urlsafe(32)),
    }


def _iterable(url: str, *, own_sandbox: bool) -> dict[str, str]:
    if own_sandbox:
        told = {"ITERABLE_API_KEY": KEY, "ITERABLE_RATE_LIMIT_SCALE": RATE_LIMIT_SCALE, "ITERABLE_SETTLE_SECONDS": "0"}
    else:
        told = {"ITERABLE_API_KEY": os.environ.get("ITERABLE_API_KEY") or KEY}
        told["ITERABLE_RATE_LIMIT_SCALE"] = os.environ.get("ITERABLE_RATE_LIMIT_SCALE", "1")
    return {"ITERABLE_BASE_URL": url, **told}
