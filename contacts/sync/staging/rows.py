"""One row of the source as Python sees it: only of people to look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

import pyarrow as pa

from contacts.sync.outgoing import Form, Unreadable, formed, integer
from iterable_admin.addresses import user_id_lane
from iterable_admin.warehouse.marketing_contacts import Namespace, python_values, read_namespaces


@dataclass(frozen=True, slots=True)
class SourceRow:
    """`mailbox` is the address by which the person is matched; what the query does not give is None."""

    mailbox: str
    key: str
    """Of the mailbox."""
    email_address: str
    gitlab_user_id: int | None
    user_lane: str
    """By which somebody is known who was erased under another address; empty without a GitLab user."""
    created_at: datetime | None
    last_login_at: datetime | None
    namespaces: list[Namespace] | None
    unreadable: str | None
    """Why something that is stored could not be read; one such row is that person's failure, not the run's."""
    values: Mapping[str, Any]
    text_digest: str
    digest: str
    shares_user: bool

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        namespaces, unreadable = read_namespaces(values.get("namespaces_array"))
        user_id, created_at, last_login_at, fault = stored_values(values)
        return cls(
            mailbox=values["mailbox"],
            key=values["key"],
            email_address=values.get("email_address") or values["mailbox"],
            gitlab_user_id=user_id,
            user_lane=user_id_lane(str(user_id)) if user_id else "",
            created_at=created_at,
            last_login_at=last_login_at,
            namespaces=namespaces,
            unreadable=unreadable or fault,
            values=values,
            text_digest=values["text_digest"],
            digest=values["digest"] or "",
            shares_user=values["shares_user"],
        )

    def offers(self, column: str) -> bool:
        return column in self.values


def stored_values(values: Mapping[str, Any]) -> tuple[int | None, datetime | None, datetime | None, str | None]:
    """What is stored of a person whatever is mapped; of what cannot be, None and the reason."""
    try:
        user_id = _formed(values, "gitlab_dotcom_user_id", integer)
        created_at = _formed(values, "gitlab_dotcom_created_date", instant)
        return user_id, created_at, _formed(values, "gitlab_dotcom_last_login_date", instant), None
    except Unreadable as error:
        return None, None, None, str(error)


def _formed(values: Mapping[str, Any], name: str, form: Form) -> Any:
    value = values.get(name)
    return None if value is None else formed(name, value, form)


def instant(value: Any) -> datetime:
    """Of a column of texts, too. Without a zone it means UTC."""
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def source_rows(batch: pa.RecordBatch) -> Iterator[SourceRow]:
    columns = [python_values(column) for column in batch.columns]
    for values in zip(*columns, strict=True):
        yield SourceRow.of(dict(zip(batch.schema.names, values, strict=True)))
