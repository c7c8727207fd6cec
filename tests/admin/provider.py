"""A sign-in provider on loopback: OpenID Connect's code flow, strict about what it is sent, and free to lie in its answers."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

CLIENT_ID, CLIENT_SECRET = "iterable-admin", "a-secret-of-the-client"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Provider:
    url: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    """Who signs in next. `lie` and `userinfo` change what is told of them, `key` signs it."""
    lie: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=dict)
    key: rsa.RSAPrivateKey = KEY
    asked: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: int = 0

    def discovery(self) -> dict[str, Any]:
        names = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "jwks"}
        return {
            "issuer": self.url,
            "userinfo_endpoint": f"{self.url}/userinfo",
            # As some do; the client has to know better.
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            **{name: f"{self.url}/{path}" for name, path in names.items()},
        }

    def authorize(self, query: dict[str, str]) -> str:
        assert (query["response_type"], query["client_id"], query["code_challenge_method"]) == ("code", CLIENT_ID, "S256")
        assert "openid" in query["scope"].split()
        code = secrets.token_urlsafe()
        self.asked[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def token(self, form: dict[str, str], authorization: str) -> dict[str, Any] | None:
        asked = self.asked.pop(form.get("code", ""), None)
        basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if asked is None or authorization != f"Basic {basic}" or form.get("redirect_uri") != asked["redirect_uri"]:
            return None
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).decode().rstrip("=") != asked["code_challenge"]:
            return None
        self.tokens += 1
        return {"access_token": "of-this-person", "token_type": "Bearer", "id_token": self.id_token(asked["nonce"])}

    def id_token(self, nonce: str) -> str:
        now = int(time.time())
        said = {"iss": self.url, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": nonce, **self.claims, **self.lie}
        return jwt.encode(said, self.key, algorithm="RS256", headers={"kid": "one"})

    def jwks(self) -> dict[str, Any]:
        public = json.loads(RSAAlgorithm.to_jwk(KEY.public_key()))
        return {"keys": [{**public, "kid": "one", "use": "sig", "alg": "RS256"}]}

    def tell(self) -> dict[str, Any]:
        return {**self.claims, **self.userinfo}


def handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    gets: dict[str, Callable[[], dict[str, Any]]] = {
        "/.well-known/openid-configuration": provider.discovery,
        "/jwks": provider.jwks,
        "/userinfo": provider.tell,
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            if url.path == "/authorize":
                self.send_response(302)
                self.send_header("Location", provider.authorize(flat(url.query)))
                self.end_headers()
            elif url.path == "/userinfo" and self.headers["Authorization"] != "Bearer of-this-person":
                self.answer(401, {})
            else:
                self.answer(200, gets[url.path]())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            found = provider.token(flat(body), self.headers["Authorization"] or "")
            self.answer(200 if found else 400, found or {"error": "invalid_grant"})

        def answer(self, status: int, body: dict[str, Any]) -> None:
            told = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's own name
            pass

    return Handler


def flat(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}


@contextmanager
def running_provider() -> Iterator[Provider]:
    provider = Provider()
    with ThreadingHTTPServer(("127.0.0.1", 0), handler(provider)) as server:
        provider.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield provider
        server.shutdown()
        thread.join()
