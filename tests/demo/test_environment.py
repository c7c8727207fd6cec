from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from iterable_admin.demo.environment import Folder, demo_environment
from iterable_admin.demo.processes import MANAGE

OF_PRODUCTION = {
    "EMAIL_URL": "smtp+tls://user:password@mail.example.com:587",
    "NOTIFY_EMAILS": "marketing@example.com",
    "NOTIFY_WEBHOOK_URL": "https://chat.example.com/hook",
    "OIDC_ISSUER": "https://sign-in.example.com",
    "OIDC_CLIENT_ID": "iterable-admin",
    "PUBLIC_URL": "https://iterable-admin.example.com",
    "PROXY_COUNT": "1",
    "SECRETS_KEYS": "a-key-of-production-of-thirty-two-letters",
}
LEADING_OUT = ("EMAIL_BACKEND", "NOTIFY_EMAILS", "NOTIFY_WEBHOOK_URL", "OIDC_ISSUER", "PUBLIC_URL", "PROXY_COUNT", "SECRETS_KEYS")
ASK = f"import json; from django.conf import settings; print(json.dumps([getattr(settings, n) for n in {LEADING_OUT}]))"


def test_nothing_that_is_set_for_production_leads_out_of_the_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in OF_PRODUCTION.items():
        monkeypatch.setenv(name, value)
    environment = demo_environment(Folder(tmp_path), "http://127.0.0.1:9", own_sandbox=True)
    environment |= {"DJANGO_SETTINGS_MODULE": "iterable_admin.settings"}
    asked = subprocess.run([sys.executable, "-c", ASK], env=environment, cwd=Path(MANAGE).parent, capture_output=True, check=True)
    assert json.loads(asked.stdout) == [
        "django.core.mail.backends.console.EmailBackend",
        *([], "", "", "", 0),
        ["development-only-key-of-the-secrets"],
    ]
