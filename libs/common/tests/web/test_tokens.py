from __future__ import annotations

import base64
import hmac
import json
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from cyclopts import App
from joserfc import jwt
from joserfc.jwk import OKPKey

from ieum.common.kernel.errors import Refusal
from ieum.common.local.commands import token as token_command
from ieum.common.web.tokens import AUDIENCE, ISSUER, Principal, Unauthenticated, issue, verify

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
CLAIMS = {"iss": ISSUER, "aud": AUDIENCE, "sub": "kim", "exp": int(NOW.timestamp()) + 60, "roles": ["staff"]}


def segment(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_a_token_gives_its_principal_back(keys):
    made = keys.token("staff", "official")
    assert verify(keys.public, made, NOW) == Principal(
        "kim", frozenset({"staff", "official"}), "daegu-youth-centre", "김민지"
    )


def test_a_token_holds_until_its_time(keys):
    made = keys.token("staff")
    verify(keys.public, made, NOW + timedelta(minutes=479))
    with pytest.raises(Unauthenticated):
        verify(keys.public, made, NOW + timedelta(minutes=481))


def test_a_foreign_signature_does_not_hold(keys):
    with pytest.raises(Unauthenticated):
        verify(type(keys)().public, keys.token("staff"), NOW)


def test_an_unsigned_token_does_not_hold(keys):
    with pytest.raises(Unauthenticated):
        verify(keys.public, f"{segment({'alg': 'none'})}.{segment(CLAIMS)}.", NOW)


def test_the_public_key_used_as_an_hmac_secret_does_not_hold(keys):
    signed = f"{segment({'alg': 'HS256'})}.{segment(CLAIMS)}"
    digest = hmac.digest(keys.public, signed.encode(), "sha256")
    with pytest.raises(Unauthenticated):
        verify(keys.public, f"{signed}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}", NOW)


def test_changed_claims_do_not_hold(keys):
    head, _, signature = keys.token("citizen").split(".")
    with pytest.raises(Unauthenticated):
        verify(keys.public, f"{head}.{segment(CLAIMS)}.{signature}", NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "elsewhere"},
        {"exp": int(NOW.timestamp()) - 1},
        {"iss": None},
        {"aud": None},
        {"exp": None},
        {"sub": None},
        {"sub": 7},
        {"exp": "soon"},
        {"roles": "staff"},
        {"agency": ["a"]},
        {"nbf": int(NOW.timestamp()) + 60},
    ],
)
def test_claims_that_are_missing_or_others_do_not_hold(keys, change):
    claims = {key: value for key, value in {**CLAIMS, **change}.items() if value is not None}
    made = jwt.encode({"alg": "Ed25519"}, claims, OKPKey.import_key(keys.private), algorithms=["Ed25519"])
    with pytest.raises(Unauthenticated):
        verify(keys.public, made, NOW)


@pytest.mark.parametrize("text", ["", "a", "a.b.c", "....", "가.나.다", "x" * 5000, "e30.e30.e30"])
def test_what_is_no_token_does_not_hold(keys, text):
    with pytest.raises(Unauthenticated):
        verify(keys.public, text, NOW)


def test_a_role_nobody_knows_is_not_issued(keys):
    with pytest.raises(ValueError, match="unknown roles: king"):
        issue(keys.private, subject="kim", roles=["king"], minutes=1, now=NOW)


async def test_a_route_serves_its_roles_only(client, keys):
    answer = await client.get("/intake/staff", headers=keys.headers("staff"))
    assert answer.json() == {"subject": "kim", "agency": "daegu-youth-centre", "name": "김민지"}
    wrong = await client.get("/intake/staff", headers=keys.headers("citizen"))
    assert wrong.status_code == 403
    assert wrong.json()["type"].endswith("/forbidden")


async def test_without_a_token_that_holds_a_route_says_how_to_sign_in(client, keys):
    missing = await client.get("/intake/staff")
    assert (missing.status_code, missing.headers["www-authenticate"]) == (401, 'Bearer realm="ieum"')
    for sent in (f"Bearer {keys.token('staff')}x", f"Basic {keys.token('staff')}", "Bearer "):
        answer = await client.get("/intake/staff", headers={"Authorization": sent})
        assert answer.status_code == 401
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]
        assert answer.headers["content-type"] == "application/problem+json"


async def test_an_expired_token_is_401(client, keys, clock):
    headers = keys.headers("staff")
    clock.advance(timedelta(hours=9))
    assert (await client.get("/intake/staff", headers=headers)).status_code == 401


def run_command(*arguments: str) -> None:
    app = App(result_action="return_value")
    app.command(token_command, name="token")
    app(["token", *arguments])


def test_the_command_prints_a_token_that_holds(keys, tmp_path, capsys, monkeypatch):
    (tmp_path / "token_private.pem").write_bytes(keys.private)
    monkeypatch.setenv("IEUM_SECRETS", str(tmp_path))
    run_command("--role", "staff", "--agency", "daegu-youth-centre")
    made = capsys.readouterr().out.strip()
    found = verify(keys.public, made, datetime.now(UTC))
    assert found == Principal("staff@daegu-youth-centre", frozenset({"staff"}), "daegu-youth-centre", None)


def test_the_command_refuses_production_unknown_roles_and_a_missing_key(keys, tmp_path, monkeypatch):
    (tmp_path / "token_private.pem").write_bytes(keys.private)
    monkeypatch.setenv("IEUM_SECRETS", str(tmp_path))
    with pytest.raises(SystemExit, match="unknown role: king"):
        run_command("--role", "king")
    monkeypatch.setenv("IEUM_MODE", "production")
    with pytest.raises(SystemExit, match="development only"):
        run_command("--role", "staff")
    monkeypatch.setenv("IEUM_MODE", "development")
    with pytest.raises(SystemExit, match=r"no token_private\.pem"):
        run_command("--role", "staff", "--secrets", str(tmp_path / "none"))


def test_in_an_emergency_a_token_is_printed_only_after_intake_was_told(keys, tmp_path, capsys, monkeypatch):
    """An hour at most, under a subject of its own; where intake does not hear of it, nothing is printed."""
    (tmp_path / "token_private.pem").write_bytes(keys.private)
    monkeypatch.setenv("IEUM_SECRETS", str(tmp_path))
    monkeypatch.setenv("IEUM_MODE", "production")
    asked = []

    class Intake(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            asked.append((self.path, json.loads(body), self.headers["Authorization"]))
            self.send_response(201)
            self.end_headers()

        def log_message(self, *_):
            """Quietly."""

    arguments = (
        "--role",
        "staff",
        "--agency",
        "a",
        "--name",
        "김",
        "--break-glass",
        "provider-away",
        "--url",
    )
    with HTTPServer(("127.0.0.1", 0), Intake) as server:
        url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        run_command(*arguments, url)
        thread.join()
    made = capsys.readouterr().out.strip()
    [(path, body, sent)] = asked
    assert (path, body, sent) == ("/intake/staff/emergencies", {"reason": "provider-away"}, f"Bearer {made}")
    now = datetime.now(UTC)
    assert verify(keys.public, made, now + timedelta(minutes=59)).subject.startswith("break-glass/")
    with pytest.raises(Unauthenticated):
        verify(keys.public, made, now + timedelta(minutes=61))
    with pytest.raises(Refusal, match="cannot be reached"):
        run_command(*arguments, url)
    assert capsys.readouterr().out == ""
