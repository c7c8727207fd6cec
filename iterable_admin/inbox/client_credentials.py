"""OAuth 2.0 client credentials (RFC 6749, 4.4), by Authlib: client id is the source, client secret one of its tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from authlib.oauth2 import AuthorizationServer, OAuth2Error
from authlib.oauth2.rfc6749 import ClientMixin, InvalidClientError, InvalidRequestError, OAuth2Request
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc6749.util import extract_basic_authorization
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from rest_framework.request import Request
from rest_framework.response import Response

from iterable_admin.inbox.access_tokens import LIVES_SECONDS, Access, issue
from iterable_admin.inbox.models import Source
from iterable_admin.inbox.refusing import Why, count_refusal
from iterable_admin.inbox.tokens import PREFIX, find_source

CLIENT_PREFIX = "source-"
LONGEST_NUMBER = 10
GRANT_TYPE = "client_credentials"
METHODS = ("client_secret_basic", "client_secret_post")


def client_id_of(source: Source) -> str:
    return f"{CLIENT_PREFIX}{source.pk}"


class SourceClient(ClientMixin):  # type: ignore[misc] # Authlib has no types
    """Whoever says to be a source; found once the secret has proved it."""

    def __init__(self, client_id: str) -> None:
        self.client_id = client_id
        self.source: Source | None = None

    def check_client_secret(self, secret: str) -> bool:
        # A token that was got here opens no other one: its time would never end.
        found = find_source(secret) if secret.startswith(PREFIX) else None
        if found is None or client_id_of(found) != self.client_id:
            return False
        self.source = found
        return True

    def check_endpoint_auth_method(self, method: str, _endpoint: str) -> bool:
        return method in METHODS

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == GRANT_TYPE

    def get_allowed_scope(self, asked: str | None) -> str | None:
        """None refuses: what goes beyond the source's own scopes is not silently left out."""
        own = self.source.scopes if self.source else []
        wanted = asked.split() if asked else own
        return " ".join(wanted) if wanted and set(wanted) <= set(own) else None


class Grant(ClientCredentialsGrant):  # type: ignore[misc] # Authlib has no types
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS


class TokenRequest(OAuth2Request):  # type: ignore[misc] # Authlib has no types
    """Of the body alone: what stands in the URL ends up in logs."""

    def __init__(self, headers: Mapping[str, str], form: dict[str, str]) -> None:
        # Whether a call came by TLS is for SECURE_SSL_REDIRECT and the proxy, who know.
        super().__init__("POST", "https://localhost/oauth/token", headers=headers)
        self.payload = BasicOAuth2Payload(form)

    @property
    def form(self) -> Any:
        return self.payload.data


class TokenServer(AuthorizationServer):  # type: ignore[misc] # Authlib has no types
    def __init__(self) -> None:
        super().__init__()
        self.register_grant(Grant)
        self.register_token_generator("default", BearerTokenGenerator(_access_token, expires_generator=_expires_in))

    def query_client(self, client_id: str) -> SourceClient:
        """An unknown one too: it is refused as one with a wrong secret, so that nobody learns which there are."""
        return SourceClient(client_id)

    def save_token(self, token: Any, request: Any) -> None:
        """It is signed, not kept."""

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens."""

    def create_oauth2_request(self, request: Request) -> TokenRequest:
        return TokenRequest(request.headers, request._request.POST.dict())

    def handle_response(self, status: int, body: Any, headers: list[tuple[str, str]]) -> Response:
        return Response(body, status, headers={name: value for name, value in headers if name != "Content-Type"})


def _access_token(client: SourceClient, scope: str, **_: Any) -> str:
    token_id: int = client.source.token_id  # type: ignore[union-attr] # a column of how it was found
    return issue(Access(token_id, tuple(scope.split())))


def _expires_in(_client: SourceClient, _grant_type: str) -> int:
    return LIVES_SECONDS


SERVER = TokenServer()


def grant(request: Request) -> Response:
    """The answer to a request for a token, refusals as RFC 6749, 5.2 has them."""
    try:
        _refuse_malformed(request)
        answer: Response = SERVER.create_token_response(request)
    except OAuth2Error as problem:
        answer = SERVER.handle_error_response(request, problem)
    if answer.data.get("error") == "invalid_client":
        _count(request)
    return answer


def _refuse_malformed(request: Request) -> None:
    form = request._request.POST
    if any(len(values) > 1 for _, values in form.lists()):
        raise InvalidRequestError("Each parameter may be sent once.")
    if not form.get("grant_type"):
        raise InvalidRequestError("Send grant_type=client_credentials as a form in the body.")
    if form["grant_type"] != GRANT_TYPE:
        raise OAuth2Error("client_credentials is the only grant type here.", error="unsupported_grant_type")
    if "client_secret" in form and "Authorization" in request.headers:
        raise InvalidRequestError("Send the secret in the header or in the body, not in both.")
    if "client_secret" not in form and not _basic_id(request):
        raise InvalidClientError("Send client id and secret by HTTP Basic, or in the body.", status_code=401)


def _basic_id(request: Request) -> str:
    try:
        client_id, _ = extract_basic_authorization(request.headers)
    # Authlib expects text in it.
    except ValueError:
        return ""
    return client_id or ""


def _count(request: Request) -> None:
    """Only on the line of a source that there is: a name that somebody made up leaves nothing."""
    said = _basic_id(request) or request._request.POST.get("client_id", "")
    number = said.removeprefix(CLIENT_PREFIX)
    source = Source.objects.filter(pk=int(number)).first() if number.isdecimal() and len(number) < LONGEST_NUMBER else None
    if source is not None:
        count_refusal(source, Why.CREDENTIALS, request._request)
