"""One year's run from the first firm to the verified log, and the numbers that it comes to."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ieum.common.service.city import City
from ieum.demo import answering, applying, clearing, explaining, life, market, telling, transparency
from ieum.demo.api import Api, Who
from ieum.demo.letters import Sink
from ieum.demo.programme import next_year, programme_of
from ieum.demo.run import Run
from ieum.demo.sample import generate
from ieum.demo.summary import Check, Funnel, Sizes, Summary
from ieum.demo.watching import Watch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from ieum.common.local.home import Home
    from ieum.demo.letters import Letter
    from ieum.demo.sample import Sample
    from ieum.demo.summary import ImportedFile, RoundFacts

TOPICS = ("intake-people", "intake-applications", "matching-matches", "matching-rounds")
VERIFY_SECONDS = 120


@dataclass(frozen=True)
class Size:
    """How large a market is invented."""

    people: int
    workplaces: int
    places: int


AS_IN_2022 = Size(people=400, workplaces=34, places=40)
LOAD = Size(people=2000, workplaces=300, places=353)


async def conduct(home: Home, status: dict[str, Any], size: Size, seed: int, out: Console) -> Summary:
    """Run the next year that intake does not have yet."""
    began = time.monotonic()
    urls = {name: service["url"] for name, service in status["services"].items()}
    pem = (home.secrets / "token_private.pem").read_bytes()
    async with Api(urls, pem) as api, Watch(status["kafka"], TOPICS) as watch:
        there = (await api.get("/intake/programmes", Who("demo-staff", "staff")))["items"]
        year = next_year(each["id"] for each in there)
        sample = generate(seed, year, size.people, size.workplaces, size.places)
        pack = home.cities / "daegu"
        programme = programme_of(year, pack, City.load(pack))
        out.print(f"\n{programme.name.ko} · {programme.name.en}\n", style="bold")
        with _progress(out) as progress:
            folder = home.state / "demo" / str(year)
            run = Run(api, watch, sample, programme, progress, home.mail, folder)
            summary = await _stages(run, urls["audit"] + "/audit/log")
    summary.addresses = _addresses(status, urls)
    summary.seconds = round(time.monotonic() - began, 1)
    (folder / "summary.json").write_text(summary.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return summary


async def _stages(run: Run, log_url: str) -> Summary:
    sample = run.sample
    addresses = [one.email for one in sample.people] + [one.email for one in sample.workplaces]
    sink = Sink(run.mail, addresses)
    published = await market.publish(run)
    applied = await applying.by_http(run)
    files = await applying.by_csv(run)
    total = len(applied) + sum(file.accepted for file in files)
    await run.reach(
        "추천 이벤트 · Match events",
        lambda: len(run.facts("match.ranked")),
        total,
        ko="추천",
        en="match events",
    )
    round_ = await clearing.clear(run)
    ended = await answering.answer(run, round_, sink)
    letters = await telling.wait_for_letters(run, sink)
    examples = await explaining.examples(run, published, ended)
    log, leaves = await transparency.verify(run, log_url)
    funnel = _funnel(run, letters, leaves)
    lived = await life.tell(run, log_url)
    return Summary(
        seed=sample.seed,
        year=sample.year,
        programme=run.programme.id,
        programme_name=run.programme.name.ko,
        sizes=Sizes(workplaces=len(sample.workplaces), places=sample.places, youths=len(sample.people)),
        by_http=len(applied),
        by_csv=sum(file.accepted for file in files),
        files=files,
        funnel=funnel,
        checks=[*_checks(run, funnel, round_, files, letters), await _verified(run)],
        round=round_,
        answers=ended.counts(len(run.facts("match.proposed")), sample.places),
        examples=examples,
        life=lived,
        latency=telling.latencies(run, applied, letters),
        mails=len(letters),
        log=log,
        addresses={},
        folder=str(run.folder),
        seconds=0,
    )


def _funnel(run: Run, letters: Sequence[Letter], leaves: transparency.Leaves) -> Funnel:
    applications = run.facts("application.submitted")
    people = {person.email for person in run.sample.people}
    return Funnel(
        registered=len(run.watch.facts["person.registered"]),
        applied=len(applications),
        eligible=sum(fact.data["eligible"] for fact in run.facts("match.ranked")),
        matched=len(run.facts("match.accepted")),
        told=len(people & {letter.to for letter in letters}),
        logged=sum(fact.offset < leaves.get(fact.partition, 0) for fact in applications),
    )


def _checks(
    run: Run, funnel: Funnel, round_: RoundFacts, files: Sequence[ImportedFile], letters: Sequence[Letter]
) -> list[Check]:
    sample: Sample = run.sample
    proposed, declined = (len(run.facts(f"match.{state}")) for state in ("proposed", "declined"))
    rejected, wanted = sum(file.rejected for file in files), telling.expected(run)
    within = min(funnel.matched, sample.places)
    rows = (
        ("등록 인원 = 합성자료 인원", "registered = invented people", len(sample.people), funnel.registered),
        ("신청 인원 = 등록 인원", "applied = registered", funnel.registered, funnel.applied),
        ("잘못된 행은 모두 돌려보냄", "bad rows, all turned away", len(sample.bad_rows), rejected),
        ("자격 충족 = 만들 때 정한 인원", "eligible = as invented", sample.eligible, funnel.eligible),
        ("회차 대상 = 자격 충족", "in the round = eligible", funnel.eligible, round_.applicants),
        ("모든 제안에 답변", "every proposal answered", proposed, funnel.matched + declined),
        ("배정 인원은 자리 수 이내", "matched within the places", funnel.matched, within),
        ("안내받은 인원 = 신청 인원", "told = applied", funnel.applied, funnel.told),
        ("도착한 메일 = 알릴 사실", "messages in the sink = facts to tell", wanted, len(letters)),
        ("로그에 있는 신청 = 신청 인원", "logged = applied", funnel.applied, funnel.logged),
    )  # fmt: skip
    return [Check(ko=ko, en=en, expected=expected, found=found) for ko, en, expected, found in rows]


async def _verified(run: Run) -> Check:
    """The round's files checked by the tool that anybody has."""
    files = [str(run.folder / name) for name in ("market.json", "result.json")]
    command = [sys.executable, "-m", "ieum.common.cli", "match", "verify", *files]
    ended = await asyncio.to_thread(
        lambda: subprocess.run(  # noqa: S603 - our own command line
            command, capture_output=True, check=False, timeout=VERIFY_SECONDS
        )
    )
    return Check(
        ko="배정 결과 검증(ieum match verify)의 문제",
        en="problems found in the round's result",
        expected=0,
        found=int(ended.returncode != 0),
    )


def _progress(out: Console) -> Progress:
    return Progress(
        TextColumn("{task.description:<42}"),
        BarColumn(bar_width=26),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=out,
    )


def _addresses(status: dict[str, Any], urls: dict[str, str]) -> dict[str, str]:
    """Where everything is; Postgres without its password."""
    pages = {name: f"{url}/{name}" for name, url in urls.items()}
    return {
        **pages,
        "kafka": status["kafka"],
        "postgres": urlsplit(status["postgres"]).netloc.rpartition("@")[2],
        "mail (SMTP)": status["mail"]["smtp"] or "",
        "mail folder": status["mail"]["folder"],
    }
