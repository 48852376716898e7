"""The scan finds what it shall find: every form of a value, at seams, in compressed batches, in dumps."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from ieum.common.local import scanning
from ieum.common.local.needles import needles
from ieum.common.local.scanning import Found, scan_bytes, scan_dump, scan_files

NAME, PHONE = "남궁별하랑", "010-4821-7093"
BOTH = needles([NAME, PHONE])

FORMS = {
    "UTF-8": lambda text: text.encode(),
    "UTF-16 little-endian": lambda text: text.encode("utf-16-le"),
    "UTF-16 big-endian": lambda text: text.encode("utf-16-be"),
    "JSON": lambda text: json.dumps({"a": text}).encode(),
    "JSON in capitals": lambda text: json.dumps({"a": text}).upper().replace("\\U", "\\u").encode(),
    "JSON unescaped": lambda text: json.dumps({"a": text}, ensure_ascii=False).encode(),
    "CP949": lambda text: text.encode("cp949"),
    "address": lambda text: b"GET /find?name=" + quote(text).encode(),
    "bytea": lambda text: b"\\x7b" + text.encode().hex().encode() + b"7d",
    "HEX": lambda text: text.encode().hex().upper().encode(),
    **{
        f"base64 after {n}": lambda text, n=n: base64.b64encode(b"x" * n + text.encode() + b"yz")
        for n in range(6)
    },
    "base64 for addresses": lambda text: base64.urlsafe_b64encode(b"a?" + text.encode()),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("number", [0, 1])
def test_a_value_is_found_in_every_form(form: str, number: int) -> None:
    data = b"\0before" + FORMS[form]((NAME, PHONE)[number]) + b"after\xff"
    assert {one.value for one in scan_bytes("here", data, BOTH)} == {number}


def test_what_is_not_there_is_not_found() -> None:
    assert scan_bytes("here", json.dumps({"a": "남궁별하", "b": "010-4821-7094"}).encode(), BOTH) == set()


def test_a_short_value_is_refused_as_chance_would_find_it() -> None:
    with pytest.raises(ValueError, match="shorter"):
        needles(["김"])


def test_nothing_hides_at_a_seam(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "CHUNK_BYTES", 16)
    for before in range(20):
        (tmp_path / "deep").mkdir(exist_ok=True)
        (tmp_path / "deep" / "16384").write_bytes(b"." * before + NAME.encode() + b"." * 40)
        assert scan_files(tmp_path, BOTH) == {Found(str(tmp_path / "deep" / "16384"), 0, "UTF-8")}


@pytest.mark.parametrize("codec", [0, 1, 2, 3, 4], ids=["none", "gzip", "snappy", "lz4", "zstd"])
def test_a_segment_is_read_whatever_it_was_compressed_with(tmp_path: Path, codec: int) -> None:
    batch = DefaultRecordBatchBuilder(
        magic=2, compression_type=codec, is_transactional=False, producer_id=-1, producer_epoch=-1,
        base_sequence=-1, batch_size=1 << 20,
    )  # fmt: skip
    for offset in range(50):
        value = json.dumps({"n": offset, "name": NAME if offset == 7 else "-" * 90}).encode()
        batch.append(offset, timestamp=1, key=b"k", value=value, headers=[("h", PHONE.encode())])
    (tmp_path / "00000000000000000000.log").write_bytes(bytes(batch.build()) + b"\0cut")
    assert {one.value for one in scan_files(tmp_path, BOTH)} == {0, 1}


def test_a_dump_is_read_to_its_end_and_one_that_fails_is_no_clean_one() -> None:
    found = scan_dump([sys.executable, "-c", f"print('.' * 100); print({NAME!r})"], "dump", BOTH)
    assert found == {Found("dump", 0, "UTF-8")}
    with pytest.raises(Exception, match="exit status 3"):
        scan_dump([sys.executable, "-c", "raise SystemExit(3)"], "dump", BOTH)


def test_the_command_tells_places_and_never_the_value(tmp_path: Path) -> None:
    (tmp_path / "server.log").write_text(f"LOG: somebody wrote {PHONE}\n")
    command = [sys.executable, "-m", "ieum.common.cli", "erasure", "scan", "--folder", str(tmp_path)]

    def scan(values: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, input=values, capture_output=True, text=True, check=False)

    found = scan(f"{NAME}\n{PHONE}\n")
    assert found.returncode == 1
    assert found.stdout.startswith("2  UTF-8")
    assert "server.log" in found.stdout
    assert PHONE not in found.stdout + found.stderr
    assert scan(NAME).returncode == 0
    assert scan("").returncode == 1, "nothing to look for is no clean scan"
