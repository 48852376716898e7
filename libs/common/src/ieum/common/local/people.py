"""Invented people who sign in at the provider of development: nobody of them lives anywhere."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Invented:
    """Somebody at the provider; with roles also an account of staff, of the same name."""

    id: str
    name: str
    roles: tuple[str, ...] = ()
    agency: str | None = None

    @property
    def email(self) -> str:
        """By which staff are known at their first sign-in."""
        return f"{self.id}@sign-in.ieum.test"

    @property
    def account(self) -> dict[str, object]:
        """What an operator registers."""
        return {
            "account": self.id, "roles": list(self.roles), "agency": self.agency, "name": self.name,
            "email": self.email,
        }  # fmt: skip


PEOPLE = (
    Invented("citizen-hong", "홍시민"),
    Invented("citizen-sung", "성시민"),
    Invented("youth-centre-kim", "김센터", ("staff",), "daegu-youth-centre"),
    Invented("dalseo-gu-hope-lee", "이달서", ("staff",), "dalseo-gu-hope"),
    Invented("youth-policy-park", "박정책", ("staff", "official"), "daegu-youth-policy"),
    Invented("operator-choi", "최운영", ("operator",)),
)
