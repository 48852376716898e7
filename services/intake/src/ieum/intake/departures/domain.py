"""Why an account may not end yet. Pure."""

from __future__ import annotations

from ieum.common.kernel.errors import Refusal


def matters_open(count: int) -> Refusal:
    """409: open matters would be without an owner."""
    return Refusal(
        "matters-open",
        ko=f"맡고 있는 일이 {count}건 있습니다. 이어받을 담당자를 정해 주십시오.",
        en=f"{count} open matters belong to this account. Name who takes them over.",
        status=409,
        pointer="/successor",
    )


def on_desk() -> Refusal:
    """409: the city's pack sends matters to this account, so it gets another holder instead."""
    return Refusal(
        "account-on-desk",
        ko="접수나 총괄을 맡은 계정은 종료할 수 없습니다. 새 담당자의 정보로 바꾸어 주십시오.",
        en="This account is on duty or in the lead for its agency: give it another holder instead.",
        status=409,
    )


def successor_unknown() -> Refusal:
    """422: whoever is named does not work there."""
    return Refusal(
        "successor-unknown",
        ko="같은 기관에서 지금 일하는 다른 담당자를 적어 주십시오.",
        en="Name somebody else who works for the same agency now.",
        pointer="/successor",
    )
