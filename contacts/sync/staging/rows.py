"""One row of the source as Python sees it: only of people to look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

import pyarrow as pa

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
    """Why the namespaces could not be read; one such row is that person's failure, not the run's."""
    values: Mapping[str, Any]
    text_digest: str
    digest: str
    shares_user: bool

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        namespaces, unreadable = read_namespaces(values.get("namespaces_array"))
        user_id = values.get("gitlab_dotcom_user_id")
        return cls(
            mailbox=values["mailbox"],
            key=values["key"],
            email_address=values.get("email_address") or values["mailbox"],
            gitlab_user_id=user_id,
            user_lane=user_id_lane(str(user_id)) if user_id else "",
            created_at=values.get("gitlab_dotcom_created_date"),
            last_login_at=values.get("gitlab_dotcom_last_login_date"),
            namespaces=namespaces,
            unreadable=unreadable,
            values=values,
            text_digest=values["text_digest"],
            digest=values["digest"] or "",
            shares_user=values["shares_user"],
        )

    def offers(self, column: str) -> bool:
        return column in self.values


def source_rows(batch: pa.RecordBatch) -> Iterator[SourceRow]:
    columns = [python_values(column) for column in batch.columns]
    for values in zip(*columns, strict=True):
        yield SourceRow.of(dict(zip(batch.schema.names, values, strict=True)))
