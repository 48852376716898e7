"""The house's own rules, read off the code: what import-linter cannot say."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).parents[2]
SOURCES = sorted([*REPOSITORY.glob("libs/*/src/**/*.py"), *REPOSITORY.glob("services/*/src/**/*.py")])
SERVICES = ("intake", "matching", "notify", "audit")
LAYERS = ("domain", "store", "actions", "api", "pages", "consumers", "jobs")


def _name(path: Path) -> str:
    return str(path.relative_to(REPOSITORY))


def _calls(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node.lineno, ast.unparse(node.func)


def _found(pattern: str, allowed: tuple[str, ...]) -> list[str]:
    """Calls that match, outside the places that may make them."""
    wanted = re.compile(pattern)
    return [
        f"{_name(path)}:{line} {call}"
        for path in SOURCES
        if not any(place in _name(path) for place in allowed)
        for line, call in _calls(ast.parse(path.read_text(encoding="utf-8")))
        if wanted.fullmatch(call)
    ]


@pytest.mark.parametrize(
    ("rule", "pattern", "allowed"),
    [
        (
            "time comes from a Clock",
            r"(datetime\.)?datetime\.(now|utcnow|today)|date\.today|time\.time",
            ("/kernel/", "/web/edge.py", "/local/", "/testing/", "/demo/", "/sink/"),
        ),
        ("ids come from the kernel", r"(uuid\.)?uuid[14]", ("/kernel/", "/testing/")),
        (
            "the environment is read by settings",
            r"os\.(getenv|environ\.get)",
            ("settings.py", "/local/", "/testing/"),
        ),
        (
            "only the relay and its tools send to Kafka",
            r".*producer\.(send|send_and_wait|send_batch)",
            ("/kafka/sending.py", "/replay/", "/testing/"),
        ),
        ("only the unit of work commits", r".*\.commit", ("/kafka/consumer.py",)),
    ],
)
def test_is_called_only_where_it_belongs(rule: str, pattern: str, allowed: tuple[str, ...]) -> None:
    assert _found(pattern, allowed) == [], rule


def test_sql_never_asks_the_server_for_the_time() -> None:
    asks = re.compile(r"\bnow\(\)|current_timestamp|clock_timestamp", re.IGNORECASE)
    files = [
        *REPOSITORY.glob("services/*/migrations/*.sql"),
        *REPOSITORY.glob("libs/common/migrations/*.sql"),
    ]
    files += [path for path in SOURCES if path.name == "store.py"]
    hits = []
    for path in files:
        text = re.sub(r"--.*", "", path.read_text(encoding="utf-8"))
        hits += [
            _name(path) for match in asks.finditer(text) if not text[: match.start()].endswith((".", "tx."))
        ]
    assert hits == []


def test_there_is_no_drawer_for_everything() -> None:
    drawers = {"utils.py", "util.py", "helpers.py", "misc.py", "tools.py"}
    assert [_name(path) for path in SOURCES if path.name in drawers] == []


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def _features(service: str) -> dict[str, Path]:
    root = REPOSITORY / "services" / service / "src" / "ieum" / service
    return {
        folder.name: folder for folder in root.iterdir() if folder.is_dir() and folder.name != "__pycache__"
    }


@pytest.mark.parametrize("service", SERVICES)
def test_a_feature_uses_only_the_actions_and_domain_of_another(service: str) -> None:
    features = _features(service)
    wrong = []
    for name, folder in features.items():
        for path in folder.rglob("*.py"):
            for module in _imports(path):
                parts = module.split(".")
                other = parts[:2] == ["ieum", service] and len(parts) > 3 and parts[2] in features
                if other and parts[2] != name and parts[3] in set(LAYERS) - {"actions", "domain"}:
                    wrong.append(f"{_name(path)} imports {module}")
    assert wrong == []


@pytest.mark.parametrize("service", SERVICES)
def test_layers_of_a_feature_only_look_down(service: str) -> None:
    """api, consumers, jobs → actions → store → domain; domain does no I/O."""
    height = {"domain": 0, "store": 1, "actions": 2, "api": 3, "pages": 3, "consumers": 3, "jobs": 3}
    io = (
        "asyncpg",
        "aiokafka",
        "faststream",
        "fastapi",
        "httpx",
        "aiosmtplib",
        "ieum.common.postgres",
        "ieum.common.kafka",
    )
    wrong = []
    for name, folder in _features(service).items():
        for layer, own in height.items():
            path = folder / f"{layer}.py"
            if not path.exists():
                continue
            for module in _imports(path):
                parts = module.split(".")
                above = parts[:3] == ["ieum", service, name] and height.get([*parts, ""][3], -1) > own
                if above or (layer == "domain" and module.startswith(io)):
                    wrong.append(f"{_name(path)} imports {module}")
    assert wrong == []


def test_modules_stay_small() -> None:
    too_long = [
        f"{_name(path)}: {lines}"
        for path in SOURCES
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400
    ]
    assert too_long == []


def test_a_dated_fact_lies_in_one_place() -> None:
    """Wages and incomes stand in deploy/cities/facts alone, each with the days between which it holds."""
    numbers: list[str] = []
    for name in ("minimum-wage", "median-income"):
        text = (REPOSITORY / f"deploy/cities/facts/{name}.yaml").read_text(encoding="utf-8")
        assert text.startswith("# "), "says where it is from"
        for entry in yaml.safe_load(text)[name.replace("-", "_")]:
            assert entry["since"] <= entry["until"]
            numbers += map(str, entry.get("monthly_won", {1: entry.get("hourly_won")}).values())
    assert len(numbers) > 20
    code = [path for path in SOURCES if "/demo/" not in _name(path)]  # whose workplaces pay these wages
    elsewhere = [*code, *REPOSITORY.glob("deploy/cities/*/**/*.yaml")]
    assert [
        f"{_name(path)}: {number}"
        for path in elsewhere
        if path.parent.name != "facts"
        for number in numbers
        if re.search(rf"\b{number}\b", path.read_text(encoding="utf-8").replace("_", ""))
    ] == []
