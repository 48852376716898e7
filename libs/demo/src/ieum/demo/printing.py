"""The report for somebody who reads no code: Korean first, English beside it, within 100 columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ieum.demo.summary import Check, Example, Funnel, Summary

WIDTH = 100
BAR = 30
_STAGES = (
    ("registered", "등록", "registered"),
    ("applied", "신청", "applied"),
    ("eligible", "자격 충족", "eligible"),
    ("matched", "배정 확정", "matched (accepted)"),
    ("told", "안내 발송", "told (by e-mail)"),
    ("logged", "로그 기록", "logged"),
)


def console() -> Console:
    """A console of at most 100 columns; exactly 100 where the output is no terminal."""
    made = Console(highlight=False)
    return Console(highlight=False, width=min(made.width, WIDTH) if made.is_terminal else WIDTH)


def show(summary: Summary, out: Console) -> None:
    """Print the whole report."""
    out.print()
    out.print(_head(summary))
    for title, part in (
        ("1. 단계별 인원 · Funnel", _funnel(summary)),
        ("2. 신청 접수 · How applications came", _intake(summary)),
        ("3. 배정 회차 · The round", _round(summary)),
        ("4. 설명 예시 다섯 건 · Five explained examples", Group(*map(_example, summary.examples))),
        ("5. 한 사람의 이야기 · One life", _life(summary)),
        ("6. 소요 시간 · Latency", _latency(summary)),
        ("7. 투명성 로그 · The transparency log", _log(summary)),
        ("8. 접속 주소 · What is running", _addresses(summary)),
    ):
        out.rule(f"[bold]{title}", align="left", style="dim")
        out.print(part)
    out.print(_verdict(summary))


def _head(summary: Summary) -> Panel:
    sizes = summary.sizes
    text = Text.assemble(
        (f"{summary.programme_name}\n", "bold"),
        f"사업장 {sizes.workplaces}곳, 자리 {sizes.places}개, 청년 {sizes.youths}명 "
        f"({sizes.workplaces} workplaces, {sizes.places} places, {sizes.youths} youths)\n",
        (_invented(sizes.youths), "yellow"),
    )
    return Panel(text, title="이음 시연 · Ieum demonstration", border_style="cyan")


def _invented(youths: int) -> str:
    return (
        f"모든 사람과 사업장은 지어낸 합성자료이며, 청년 {youths}명이라는 인원도 지어낸 수입니다.\n"
        f"All people and firms are synthetic, and the number of {youths} youths is invented."
    )


def _plain(*columns: str) -> Table:
    table = Table(*columns, box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.show_header = any(columns)
    return table


def _funnel(summary: Summary) -> Group:
    table = _plain("", "", "명", "")
    table.columns[2].justify = "right"
    funnel: Funnel = summary.funnel
    top = max(1, funnel.registered)
    for name, ko, en in _STAGES:
        count = getattr(funnel, name)
        bar = "█" * round(BAR * count / top) or "▏"
        table.add_row(Text(ko, "bold"), en, f"{count:,}", Text(bar, "cyan"))
    return Group(table, Text(), Text("맞춰 보기 · Checks", "dim"), _checked(summary.checks), Text())


def _checked(checks: Sequence[Check]) -> Table:
    table = _plain("", "", "")
    for check in checks:
        mark = Text("✓", "green") if check.ok else Text("✗", "bold red")
        numbers = f"{check.found:,}" if check.ok else f"{check.found:,} ≠ {check.expected:,}"
        table.add_row(mark, f"{check.ko} · {check.en}", numbers)
    return table


def _intake(summary: Summary) -> Group:
    table = _plain("방법 · way", "받아들임 · taken", "돌려보냄 · turned away")
    table.columns[1].justify = table.columns[2].justify = "right"
    table.add_row("HTTP (Idempotency-Key)", f"{summary.by_http:,}", "0")
    for file in summary.files:
        table.add_row(file.name, f"{file.accepted:,}", f"{file.rejected:,}")
    told = [Text(f"  {file.name}: {file.example}", "dim") for file in summary.files if file.example]
    head = [Text("돌려보낸 행 · Rows turned away, for instance", "dim")] if told else []
    return Group(table, *head, *told, Text())


def _round(summary: Summary) -> Group:
    facts, answers = summary.round, summary.answers
    table = _plain("", "")
    rows = (
        ("확정한 담당자", "official who confirmed", facts.official),
        ("회차", "round", facts.id),
        ("추첨에 값을 낸 곳", "who contributed to the lottery", ", ".join(facts.parties)),
        ("플랫폼의 약속", "the platform's commitment", facts.commitment),
        ("공개된 씨앗", "seed, revealed", facts.seed),
        ("입력 요약값", "digest of the market", facts.market_digest),
        ("결과 요약값", "digest of the result", facts.result_digest),
        ("확인서의 뿌리", "root of the receipts", facts.lines_root),
    )
    for ko, en, value in rows:
        table.add_row(Text.assemble(ko, (f" {en}", "dim")), Text(value, overflow="fold"))
    told = Text(
        f"신청 {facts.applicants:,}명, 자리 {facts.places:,}개, 배정 {facts.matched:,}명\n"
        f"제안 {answers.proposed:,}건 가운데 수락 {answers.accepted:,}건, 거절 {answers.declined:,}건. "
        f"예비순번에서 이어받은 제안 {answers.moved_up:,}건, 끝내 빈 자리 {answers.vacant:,}개. "
        f"메시지의 링크로 수락 {answers.by_link:,}건.\n"
        f"{answers.proposed:,} proposals: {answers.accepted:,} accepted, {answers.declined:,} declined; "
        f"{answers.moved_up:,} went to the next on a waiting list; {answers.vacant:,} places stay free; "
        f"{answers.by_link:,} accepted by the link in their message."
    )
    return Group(table, Text(), told, Text(f"파일 · files: {summary.folder}", "dim"), Text())


def _example(example: Example) -> Panel:
    lines = Text("\n".join(f"• {sentence}" for sentence in example.sentences))
    title = f"[bold]{example.title}[/] [dim]{example.title_en}[/] · {example.person}"
    return Panel(lines, title=title, title_align="left", border_style="dim")


def _life(summary: Summary) -> Group:
    life = summary.life
    steps = [Text(f"{n}. {step.ko}\n   {step.en}") for n, step in enumerate(life.steps, start=1)]
    return Group(*steps, Text(), _checked(life.checks), Text())


def _latency(summary: Summary) -> Group:
    table = _plain("HTTP 201에서 · from HTTP 201 to", "건 · samples", "p50", "p99")
    for name in ("건 · samples", "p50", "p99"):
        next(column for column in table.columns if column.header == name).justify = "right"
    names = {
        "match event": "추천 이벤트 · match event",
        "delivered message": "도착한 메일 · delivered message",
    }
    for each in summary.latency:
        table.add_row(names[each.to], f"{each.samples:,}", f"{each.p50_ms:,.0f} ms", f"{each.p99_ms:,.0f} ms")
    return Group(table, Text())


def _log(summary: Summary) -> Group:
    log = summary.log
    verdict = (
        Text(f"✓ 로그가 온전합니다: 기록 {log.size:,}건. · The log is whole: {log.size:,} leaves.", "green")
        if log.ok
        else Text("✗ 로그 검증에 실패했습니다. · The log does not verify.", "bold red")
    )
    problems = [Text(f"  {problem}", "red") for problem in log.problems]
    return Group(Text(log.checkpoint.strip(), "dim", overflow="fold"), verdict, *problems, Text())


def _addresses(summary: Summary) -> Group:
    table = _plain("", "")
    for name, address in summary.addresses.items():
        table.add_row(Text(name, "bold"), Text(address, overflow="fold"))
    hint = "끄기 · stop: make down    다음 해 회차 · next year's round: make demo"
    return Group(table, Text(hint, "dim"), Text())


def _verdict(summary: Summary) -> Text:
    if summary.ok:
        ko, en, style = "모두 맞습니다", "everything adds up", "bold green"
    else:
        ko, en, style = "맞지 않는 곳이 있습니다", "something does not add up", "bold red"
    return Text(f"{'✓' if summary.ok else '✗'} {ko} ({en}) · {summary.seconds:.0f}초 (seconds)", style)
