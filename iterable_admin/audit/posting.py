"""A session that posts to other people's servers: in production to public addresses alone, and by https."""

from __future__ import annotations

import socket
from typing import Any

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError
from urllib3.util import connection

from iterable_admin.audit.notices import NotTold
from iterable_admin.public_addresses import NotPublic, public_address


class PublicConnection(HTTPSConnection):
    """Connects to the address that was looked at; the certificate still has to be the name's."""

    def _new_conn(self) -> socket.socket:
        try:
            place = (public_address(self.host, self.port or 443), self.port or 443)
            return connection.create_connection(place, self.timeout, socket_options=self.socket_options)
        except NotPublic as problem:
            raise NotTold(str(problem)) from None
        except OSError as problem:
            raise NewConnectionError(self, f"No connection: {problem}") from problem


class PublicPool(HTTPSConnectionPool):
    ConnectionCls = PublicConnection


class PublicAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"https": PublicPool}


def session() -> requests.Session:
    """No proxy and no .netrc: the environment's are meant for other calls."""
    made = requests.Session()
    made.trust_env = False
    if settings.PRODUCTION:
        made.adapters.clear()
        made.mount("https://", PublicAdapter())
    return made
