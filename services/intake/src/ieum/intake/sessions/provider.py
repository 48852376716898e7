"""The OpenID Connect provider, as its client: authorisation code flow with PKCE (OpenID Connect Core 3.1).

Algorithms, issuer and audience are fixed here, never read from a token: `none` or an HMAC cannot pass.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import httpx2
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from ieum.common.kernel.origins import LOOPBACK, is_private
from ieum.intake.sessions import domain
from ieum.intake.sessions.actions import Begun, Identity
from ieum.intake.sessions.store import SignIn

ALGORITHMS = ["RS256", "PS256", "ES256", "ES384", "EdDSA", "Ed25519"]
TIMEOUT_SECONDS = 5.0
METADATA_SECONDS = 3600.0
LEEWAY_SECONDS = 60
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class Provider:
    """One provider; what it publishes of itself is read when first needed, and every hour."""

    def __init__(self, issuer: str, client_id: str, client_secret: str) -> None:
        self.issuer = issuer
        self._client_id = client_id
        self._secret = client_secret
        # A proxy set for the internet must not be asked for this machine.
        self._trust_env = httpx2.URL(issuer).host not in LOOPBACK
        self._read_at: float | None = None
        self._metadata: Mapping[str, Any] = {}
        self._keys: KeySet | None = None

    async def begin(self, begun: Begun, *, back: str, staff: bool) -> str:
        """Where to send the browser; raises Refusal 503 `sign-in-away`."""
        metadata = await self._known()
        client = self._client(back)
        url, _ = client.create_authorization_url(
            metadata["authorization_endpoint"],
            state=begun.state,
            nonce=begun.nonce,
            code_verifier=begun.verifier,
            scope="openid email" if staff else "openid",
        )
        return str(url)

    async def redeem(self, code: str, sign_in: SignIn, *, back: str, now: int) -> Identity:
        """Who signed in; of staff also their mailbox.

        Raises Refusal 403 `sign-in-refused` or 503 `sign-in-away`.
        """
        metadata = await self._known()
        try:
            async with self._client(back) as client:
                token = await client.fetch_token(
                    metadata["token_endpoint"],
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=sign_in.verifier,
                )
        except (OAuthError, ValueError):
            raise domain.refused() from None
        except httpx2.HTTPError:
            raise domain.away() from None
        claims: Mapping[str, Any] = await self._claims(token, sign_in.nonce, now)
        if sign_in.kind == "staff" and "email" not in claims:
            claims = {**await self._more(token, claims.get("sub")), **claims}
        return self._identity(claims)

    async def farewell(self, back: str) -> str | None:
        """Where to sign out of the provider itself (OpenID Connect RP-Initiated Logout); None: nowhere."""
        endpoint = (await self._known()).get("end_session_endpoint")
        if not isinstance(endpoint, str) or not is_private(endpoint):
            return None
        query = urlencode({"client_id": self._client_id, "post_logout_redirect_uri": back})
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{query}"

    def is_me(self, issuer: str | None) -> bool:
        """Whether an answer names us as its issuer (RFC 9207), where the provider says that it does."""
        says = bool(self._metadata.get("authorization_response_iss_parameter_supported"))
        return issuer == self.issuer if says or issuer is not None else True

    def _identity(self, claims: Mapping[str, Any]) -> Identity:
        subject, email = claims.get("sub"), claims.get("email")
        if not isinstance(subject, str) or not subject:
            raise domain.refused()
        vouched = isinstance(email, str) and claims.get("email_verified") is True
        return Identity(self.issuer, subject, email if vouched else None)

    async def _more(self, token: Mapping[str, Any], subject: object) -> Mapping[str, Any]:
        """What the provider says at its userinfo endpoint, where it tells e-mails (Core 5.3.2, 5.4)."""
        endpoint, access = self._metadata.get("userinfo_endpoint"), token.get("access_token")
        if not isinstance(endpoint, str) or not is_private(endpoint) or not isinstance(access, str):
            return {}
        told = await self._get(endpoint, {"Authorization": f"Bearer {access}"})
        return told if isinstance(told, dict) and told.get("sub") == subject else {}

    async def _claims(self, token: Mapping[str, Any], nonce: str, now: int) -> CodeIDToken:
        text = token.get("id_token")
        if not isinstance(text, str):
            raise domain.refused()
        try:
            read = await self._decoded(text)
            options = {
                "iss": {"essential": True, "value": self.issuer},
                "aud": {"essential": True, "value": self._client_id},
            }
            params = {"nonce": nonce, "client_id": self._client_id, "access_token": token.get("access_token")}
            claims = CodeIDToken(read.claims, read.header, options, params)
            claims.validate(now=now, leeway=LEEWAY_SECONDS)
        except (JoseError, ValueError, TypeError, KeyError):
            raise domain.refused() from None
        return claims

    async def _decoded(self, text: str) -> jwt.Token:
        try:
            return jwt.decode(text, await self._key_set(), algorithms=ALGORITHMS)
        except InvalidKeyIdError:  # the provider has new keys
            return jwt.decode(text, await self._key_set(anew=True), algorithms=ALGORITHMS)

    async def _key_set(self, *, anew: bool = False) -> KeySet:
        if self._keys is None or anew:
            self._keys = KeySet.import_key_set(await self._get((await self._known())["jwks_uri"]))
        return self._keys

    async def _known(self) -> Mapping[str, Any]:
        if self._read_at is None or time.monotonic() - self._read_at > METADATA_SECONDS:
            read = await self._get(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
            named = [read.get(name) for name in _ENDPOINTS]
            # OpenID Connect Discovery 4.3: another issuer's document is not this one's.
            if read.get("issuer") != self.issuer or not all(
                isinstance(u, str) and is_private(u) for u in named
            ):
                raise domain.away()
            self._metadata, self._keys, self._read_at = read, None, time.monotonic()
        return self._metadata

    async def _get(self, url: str, headers: Mapping[str, str] | None = None) -> Any:
        try:
            async with httpx2.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=self._trust_env) as client:
                return (await client.get(url, headers=headers)).raise_for_status().json()
        except (httpx2.HTTPError, ValueError):
            raise domain.away() from None

    def _client(self, back: str) -> AsyncOAuth2Client:
        return AsyncOAuth2Client(
            self._client_id,
            self._secret,
            redirect_uri=back,
            code_challenge_method="S256",
            timeout=TIMEOUT_SECONDS,
            trust_env=self._trust_env,
        )
