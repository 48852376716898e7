"""Apache Kafka (KRaft, one broker) as a plain process on 127.0.0.1."""

from __future__ import annotations

import logging
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from ieum.common.kernel.errors import Refusal
from ieum.common.local import ports
from ieum.common.local.java import find_java
from ieum.common.local.processes import spawn, tail
from ieum.common.local.records import ServerRecord
from ieum.common.local.server import LocalServer
from ieum.common.local.waiting import run_blocking

if TYPE_CHECKING:
    from ieum.common.local.processes import Process

DEFAULT_PORT = 9092
HEAP_MIB = 512
# Fixed: a random one that begins with "-" breaks `format -t`.
CLUSTER_ID = "aWV1bS1sb2NhbC1rYWZrYQ"

# Left as Kafka ships it: group.coordinator.append.linger.ms. Our offsets live in Postgres and Kafka's commit
# is only a hint for monitors, so its 5 ms cost us nothing; a peer in a benchmark meets the Kafka people run.
PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
# Topics are declared as code and created by one command.
auto.create.topics.enable=false
# One broker can hold one copy.
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
# Each partition is a folder to open at start-up; a handful of groups needs few.
offsets.topic.num.partitions=4
transaction.state.log.num.partitions=4
share.coordinator.state.topic.num.partitions=4
# Back 4.5 s after a kill instead of 12.5 s: the controller forgets the dead broker sooner.
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
# Consumers start one by one here; waiting for more of them only delays the first.
group.initial.rebalance.delay.ms=0
# A destroyed key shall leave the compacted topic soon, so the cleaner looks each second, with a small map.
log.cleaner.backoff.ms=1000
log.cleaner.dedupe.buffer.size=16777216
log.retention.check.interval.ms=10000
num.network.threads=2
num.io.threads=4
num.replica.fetchers=1
num.recovery.threads.per.data.dir=2
"""


class KafkaServer(LocalServer):
    """A broker in a folder of its own. `libs` is the folder of jars (`java.kafka_libs`)."""

    name = "Kafka"
    stop_signal = signal.SIGTERM

    def __init__(
        self, folder: Path, *, libs: Path, port: int | None = DEFAULT_PORT, heap_mib: int = HEAP_MIB
    ) -> None:
        super().__init__(folder, port=port)
        self._libs = libs
        self._heap_mib = heap_mib

    @property
    def bootstrap(self) -> str:
        """Its address, host:port."""
        return f"127.0.0.1:{self._started().port}"

    def _serves(self) -> bool:
        return run_blocking(lambda: serves(self.bootstrap))

    def _launch(self) -> Process:
        self.folder.mkdir(parents=True, exist_ok=True)
        record = self._choose_ports()
        config = self.folder / "server.properties"
        data = self.folder / "data"
        config.write_text(
            PROPERTIES.format(port=record.port, controller_port=record.second_port, data=data.resolve())
        )
        java = find_java()
        if not (data / "meta.properties").exists():
            self._format(java, config)
        heap = ["-Xms128m", f"-Xmx{self._heap_mib}m"]
        options = ["-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20", "-Djava.awt.headless=true"]
        logs = ["-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dorg.slf4j.simpleLogger.showDateTime=true"]
        command = [str(java), *heap, *options, *logs, "-cp", f"{self._libs}/*", "kafka.Kafka", str(config)]
        process = spawn(command, log=self.log, cwd=self.folder)
        record.now_running(process).save(self._record_path)
        return process

    def _choose_ports(self) -> ServerRecord:
        """The ports it had before, where they are still free: clients know them."""
        before = self.record
        port = ports.choose(before.port if before else self._preferred_port)
        preferred = self._preferred_port + 1 if self._preferred_port else None
        second = before.second_port if before else preferred
        taken = frozenset({port})
        return ServerRecord(port=port, second_port=ports.choose(second, taken=taken))

    def _format(self, java: Path, config: Path) -> None:
        command = [str(java), "-Xmx128m", "-cp", f"{self._libs}/*", "kafka.tools.StorageTool", "format"]
        with self.log.open("ab") as log:
            result = subprocess.run(
                [*command, "-t", CLUSTER_ID, "-c", str(config)], stdout=log, stderr=log, check=False
            )
        if result.returncode:
            raise Refusal(
                "kafka-format-failed",
                ko=f"카프카의 자료 폴더를 만들지 못했습니다. 기록은 {self.log} 파일에 있습니다.",
                en=f"Kafka's data folder could not be made; its log ends with:\n{tail(self.log)}",
                status=503,
            )


async def serves(bootstrap: str) -> bool:
    """Whether a broker there answers a metadata request and names at least one living broker.

    A broker answers before the controller has unfenced it; then its list is empty.
    """
    from aiokafka.client import AIOKafkaClient
    from aiokafka.errors import KafkaError

    # Its attempts at a broker that is still starting are no news.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    client = AIOKafkaClient(bootstrap_servers=bootstrap, request_timeout_ms=3000)
    try:
        await client.bootstrap()
        return bool(client.cluster.brokers())
    except (KafkaError, OSError):
        return False
    finally:
        await client.close()
