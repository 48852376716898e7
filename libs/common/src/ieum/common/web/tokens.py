"""Bearer tokens: JWTs (RFC 7519) signed with Ed25519 (RFC 8037; the algorithm's name by RFC 9864), and roles.

The algorithm is fixed here, never read from the token: `none` or an HMAC with the public key cannot pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from starlette.requests import Request

from ieum.common.kernel.errors import Refusal
from ieum.common.web import access
from ieum.common.web.edge import route_template

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

Role = Literal["citizen", "staff", "official", "workplace", "operator", "auditor"]
ROLES: frozenset[str] = frozenset(get_args(Role))
PUBLIC: dict[str, Any] = {"security": [{}]}
"""OpenAPI: signing in is one way to call this, not signing in is another."""
ALGORITHM = "Ed25519"
ISSUER = "https://ieum.kr"
AUDIENCE = "ieum"
TOKEN_LENGTH_MAX = 4096
BREAK_GLASS = "break-glass/"
"""How subjects begin that were made for an emergency, past the sign-in."""


@dataclass(frozen=True)
class Principal:
    """Who asks: the token's subject, its roles, and for agencies' people their agency and shown name."""

    subject: str
    roles: frozenset[str]
    agency: str | None = None
    name: str | None = None


class Unauthenticated(Refusal):
    """401: no token, or one that does not hold; which of its parts is not said, so nothing can be probed."""

    headers = {"WWW-Authenticate": 'Bearer realm="ieum"'}

    def __init__(self, *, sent: bool = True) -> None:
        super().__init__(
            "unauthenticated",
            ko="로그인이 필요합니다. 토큰이 없거나 유효하지 않습니다.",
            en="Please sign in: the token is missing or does not hold.",
            status=401,
        )
        if sent:
            self.headers = {"WWW-Authenticate": 'Bearer realm="ieum", error="invalid_token"'}


class Forbidden(Refusal):
    """403: signed in, but in no role that may do this."""

    headers = {"WWW-Authenticate": 'Bearer realm="ieum", error="insufficient_scope"'}

    def __init__(self) -> None:
        super().__init__(
            "forbidden", ko="이 작업을 할 권한이 없습니다.", en="Your role may not do this.", status=403
        )


def issue(
    private_pem: bytes,
    *,
    subject: str,
    roles: Collection[str],
    agency: str | None = None,
    name: str | None = None,
    minutes: int,
    now: datetime,
    more: Mapping[str, Any] | None = None,
) -> str:
    """A signed token that holds for so many minutes; `more` are claims beside ours.

    Raises ValueError for a role nobody knows.
    """
    if unknown := set(roles) - ROLES:
        raise ValueError(f"unknown roles: {', '.join(sorted(unknown))}")
    issued = int(now.timestamp())
    claims: dict[str, Any] = {
        **(more or {}),
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": subject,
        "iat": issued,
        "exp": issued + minutes * 60,
        "roles": sorted(roles),
    }
    claims |= {key: value for key, value in (("agency", agency), ("name", name)) if value is not None}
    return jwt.encode({"alg": ALGORITHM}, claims, OKPKey.import_key(private_pem), algorithms=[ALGORITHM])


@lru_cache(maxsize=8)  # reading the key takes as long as checking the signature
def _public_key(pem: bytes) -> OKPKey:
    return OKPKey.import_key(pem)


def verify(public_pem: bytes, token: str, now: datetime) -> Principal:
    """Who the token speaks for; raises Unauthenticated unless signature, issuer, audience and time hold."""
    return principal_of(claims_of(public_pem, token, now))


def claims_of(public_pem: bytes, token: str, now: datetime) -> dict[str, Any]:
    """What a token that holds says; raises Unauthenticated."""
    if len(token) > TOKEN_LENGTH_MAX:
        raise Unauthenticated
    claims = dict(_claims(public_pem, token))
    rules = jwt.JWTClaimsRegistry(
        now=int(now.timestamp()),
        iss={"essential": True, "value": ISSUER},
        aud={"essential": True, "value": AUDIENCE},
        exp={"essential": True},
        sub={"essential": True},
    )
    try:
        rules.validate(claims)
    except (JoseError, ValueError, TypeError):
        raise Unauthenticated from None
    return claims


@lru_cache(maxsize=4096)  # a signature that holds, holds for ever; issuer and time are asked each time
def _claims(public_pem: bytes, token: str) -> dict[str, Any]:
    """What a token claims; raises Unauthenticated unless its signature holds."""
    try:
        return jwt.decode(token, _public_key(public_pem), algorithms=[ALGORITHM]).claims
    except (JoseError, ValueError, TypeError, RecursionError):
        raise Unauthenticated from None


def principal_of(claims: Mapping[str, Any]) -> Principal:
    """Whom claims name; raises Unauthenticated where they are none of ours."""
    roles, agency, name = claims.get("roles"), claims.get("agency"), claims.get("name")
    if not isinstance(roles, list) or not all(isinstance(item, str | None) for item in (agency, name)):
        raise Unauthenticated
    return Principal(claims["sub"], frozenset(map(str, roles)) & ROLES, agency, name)


_bearer = HTTPBearer(auto_error=False, bearerFormat="JWT", description="`ieum token --role staff` makes one")
_Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


def requires(*roles: Role, public: bool = False) -> Any:
    """A FastAPI dependency: the principal, in a role that `access.yaml` lets through on this route.

    Who sends no bearer token may be signed in by cookie (`web.sessions`). Where the file has a cell for the
    public, whoever sends no token at all is let in as None; a token that does not hold is refused still. Such
    a route says so in its document by `openapi_extra=PUBLIC`.

    `roles` and `public` hold only while the route has no row yet: the file is the law, and no process starts
    without a row for each of its routes.
    """

    async def principal(request: Request, credentials: _Credentials) -> Principal | None:
        web = request.app.state.web
        route = access.operation(request.method, route_template(request.scope), web.service)
        open_to_all, allowed = access.allowed(web.service, route) or (public, frozenset(roles) or ROLES)
        sent = "authorization" in request.headers
        if credentials is not None:
            found = verify(web.secrets.token_public_pem, credentials.credentials, web.clock.now())
        elif not sent and (by_cookie := await web.signed_in(request)):
            found = by_cookie
        elif open_to_all and not sent:
            return None
        else:
            raise Unauthenticated(sent=sent)
        if not found.roles & allowed:
            raise Forbidden
        return found

    principal.stated = (public, frozenset(roles))  # type: ignore[attr-defined]  # read where rows are proposed
    return Depends(principal)
