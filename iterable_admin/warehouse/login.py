"""How we log in to Snowflake, and as what; nothing of it is shown."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Login:
    private_key: str = field(default="", repr=False)
    private_key_file: str = ""
    passphrase: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    token_kind: str = "programmatic_access_token"  # noqa: S105 - a kind, not a token
    role: str = ""
    warehouse: str = ""
    query_tag: str = "iterable-admin"
    statement_seconds: int = 1800
    """After which a query is cancelled, on the server's side and on ours."""

    @property
    def has_key(self) -> bool:
        return bool(self.private_key or self.private_key_file)


NO_LOGIN = Login()
