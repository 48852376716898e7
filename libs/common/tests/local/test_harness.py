"""The servers that tests of other parts get."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ieum.common.local.kafka import serves as kafka_serves
from ieum.common.local.postgres import serves as postgres_serves
from ieum.common.testing.servers import kafka_server, postgres_server

if TYPE_CHECKING:
    from ieum.common.testing.servers import Kafka, Postgres


@pytest.mark.servers
async def test_the_fixtures_give_servers_that_serve(kafka: Kafka, postgres: Postgres) -> None:
    assert await kafka_serves(kafka.bootstrap)
    assert await postgres_serves(postgres.dsn)


def test_servers_that_the_environment_names_are_used_and_not_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IEUM_KAFKA", "broker:9092")
    monkeypatch.setenv("IEUM_POSTGRES", "postgresql://db/postgres")
    with kafka_server() as kafka, postgres_server() as postgres:
        assert kafka.bootstrap == "broker:9092"
        assert postgres.dsn == "postgresql://db/postgres"
        for server in (kafka, postgres):
            with pytest.raises(RuntimeError, match="not ours"):
                server.kill()


def test_quick_tests_run_before_those_that_need_servers(request: pytest.FixtureRequest) -> None:
    slow = {"servers", "platform", "chaos", "bench"}
    waits = [bool(slow & {mark.name for mark in item.iter_markers()}) for item in request.session.items]
    assert waits == sorted(waits)
