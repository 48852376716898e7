"""Providers of sign-in as real HTTP servers: the library's, and one that lies as it is told."""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from json import dumps
from time import time
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from .world import World

CLIENT = "ieum"


@cache
def _key() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": "k1"})


@dataclass
class Liar:
    """Plays a provider; what its ID token says and how it is signed is the test's to change."""

    url: str = ""
    key: RSAKey = field(default_factory=_key)
    changes: dict[str, Any] = field(default_factory=dict)
    alg: str = "RS256"
    checks_challenge: bool = True
    asked: dict[str, str] = field(default_factory=dict)
    redeemed: list[str] = field(default_factory=list)
    down: bool = False

    def answer(self, path: str, form: dict[str, str]) -> tuple[int, Any]:
        if self.down:
            return 500, {}
        if path == "/.well-known/openid-configuration":
            return 200, {
                "issuer": self.url, "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token", "jwks_uri": f"{self.url}/jwks",
                # What a careless client would believe:
                "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            }  # fmt: skip
        if path == "/jwks":
            return 200, KeySet([self.key]).as_dict(private=False)
        return self._token(form)

    def _token(self, form: dict[str, str]) -> tuple[int, Any]:
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = _text(digest)
        fits = not self.checks_challenge or challenge == self.asked.get("code_challenge")
        if form.get("code") in self.redeemed or not fits:
            return 400, {"error": "invalid_grant"}
        self.redeemed.append(form["code"])
        return 200, {"access_token": "a", "token_type": "Bearer", "id_token": self._signed()}

    def _signed(self) -> str:
        now = int(time())
        claims = {
            "iss": self.url, "aud": CLIENT, "sub": "s-1", "iat": now, "exp": now + 300,
            "nonce": self.asked.get("nonce"),
        } | self.changes  # fmt: skip
        claims = {name: value for name, value in claims.items() if value is not None}
        if self.alg == "RS256":
            return jwt.encode({"alg": "RS256", "kid": "k1"}, claims, self.key)
        signed = f"{_segment({'alg': self.alg})}.{_segment(claims)}"
        digest = hmac.digest(self.key.as_pem(private=False), signed.encode(), "sha256")
        return f"{signed}.{_text(digest) if self.alg == 'HS256' else ''}"


def _segment(value: object) -> str:
    return _text(dumps(value).encode())


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@contextmanager
def liar() -> Iterator[Liar]:
    """A liar on a free port."""
    played = Liar()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            self._answer(dict(parse_qsl(body)))

        def _answer(self, form: dict[str, str]) -> None:
            status, document = played.answer(urlsplit(self.path).path, form)
            content = dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Quietly."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    played.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield played
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Browser:
    """Cookies of its own, and what a browser adds to requests from a page of ours."""

    world: World
    client: httpx.AsyncClient
    account: dict[str, Any] = field(default_factory=dict)

    async def open(self, path: str, **more: Any) -> httpx.Response:
        return await self.client.get(path, headers={"Accept": "text/html"} | more.pop("headers", {}), **more)

    async def begin(self, kind: str = "citizen", next_: str = "") -> dict[str, str]:
        """Start a sign-in; gives what the provider is asked."""
        params = {"as": kind} | ({"next": next_} if next_ else {})
        answer = await self.open("/intake/session/start", params=params)
        assert answer.status_code == 303, answer.text
        return {
            name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()
        }

    async def come_back(self, state: str, code: str = "c-1", **more: str) -> httpx.Response:
        return await self.open("/intake/session/callback", params={"state": state, "code": code, **more})

    async def sign_in(self, liar: Liar, kind: str = "citizen", next_: str = "") -> httpx.Response:
        liar.asked = await self.begin(kind, next_)
        return await self.come_back(liar.asked["state"], f"c-{liar.asked['state']}")

    async def session(self) -> dict[str, Any]:
        answer = await self.client.get("/intake/session")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def post(self, path: str, json: Any = None, *, page: bool = True, **headers: str) -> httpx.Response:
        """From a page of ours: its token and its origin."""
        ours = {"X-CSRF-Token": self.client.cookies.get("ieum_csrf") or "", "Sec-Fetch-Site": "same-origin"}
        sent = (ours if page else {}) | {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.post(path, json=json, headers=sent)
