"""The repository keeps its own rules, and each check is shown to fail on a planted bad sample."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping

import pytest

from tests import tidy
from tests.tidy import ROOT, Check, Source

CHECKS: tuple[Check, ...] = (
    tidy.file_fits_in_the_head,
    tidy.function_fits_on_a_screen,
    tidy.no_float_near_money,
    tidy.public_name_has_a_docstring,
    tidy.test_name_is_a_sentence,
    tidy.no_address_of_a_registry,
    tidy.no_note_for_later,
    tidy.no_path_of_a_person,
    tidy.silenced_checker_has_a_reason,
    tidy.broad_except_stays_at_the_edge,
    tidy.sql_stays_in_its_rooms,
    tidy.requirement_exists,
)

# Words are glued together here, so that this file passes the checks it shows to fail.
BAD = [
    (tidy.file_fits_in_the_head, "api/long.py", "x = 1\n" * 401),
    (tidy.file_fits_in_the_head, "api/pages/templates/long.html", "<p>\n" * 401),
    (tidy.function_fits_on_a_screen, "tests/test_long.py", "def f():\n" + "    x = 1\n" * 50),
    (tidy.no_float_near_money, "loyalty/rate.py", "RATE = 0.1"),
    (tidy.no_float_near_money, "pos_adapter/rate.py", "def f(rate: float) -> None: ..."),
    (tidy.no_float_near_money, "loyalty/rate.py", "x = float('1')"),
    (tidy.public_name_has_a_docstring, "crm/empty.py", "x = 1"),
    (tidy.public_name_has_a_docstring, "crm/bare.py", '"""Module."""\ndef act(): ...'),
    (tidy.public_name_has_a_docstring, "crm/bare.py", '"""Module."""\nclass A:\n    """A."""\n    def act(self): ...'),
    (tidy.test_name_is_a_sentence, "tests/test_x.py", "def test_sale(): ..."),
    (tidy.test_name_is_a_sentence, "tests/test_x.py", "async def test_sale_works(): ..."),
    (tidy.no_address_of_a_registry, "docs/install.md", "get it from " + "pypi." + "org"),
    (tidy.no_address_of_a_registry, "requirements.lock", "x @ https" + "://example.com/x.whl"),
    (tidy.no_address_of_a_registry, "package-lock.json", '"resolved": "x"'),
    (tidy.no_note_for_later, "api/app.py", "x = 1  # TO" + "DO"),
    (tidy.no_path_of_a_person, "docs/run.md", "cd /home" + "/anna/shop"),
    (tidy.silenced_checker_has_a_reason, "api/app.py", "x = f()  # no" + "qa"),
    (tidy.silenced_checker_has_a_reason, "api/app.py", "x = f()  # no" + "qa: S101"),
    (tidy.silenced_checker_has_a_reason, "api/app.py", "x = f()  # type: " + "ignore[misc]"),
    (tidy.broad_except_stays_at_the_edge, "api/app.py", "def f():\n  try: g()\n  except Exception: h()"),
    (tidy.broad_except_stays_at_the_edge, "api/app.py", "try: g()\nexcept: h()"),
    (tidy.broad_except_stays_at_the_edge, "api/app.py", "try: g()\nexcept (ValueError, BaseException): h()"),
    (tidy.sql_stays_in_its_rooms, "loyalty/cards/service.py", "x = 'select id from card'"),
    (tidy.sql_stays_in_its_rooms, "api/rest/cards.py", "x = f'UPDATE card SET state = {s}'"),
    (tidy.requirement_exists, "tests/test_x.py", '"""PAP-' + '99."""'),
]
GOOD = [
    (tidy.file_fits_in_the_head, "api/short.py", "x = 1\n" * 400),
    (tidy.function_fits_on_a_screen, "tests/test_short.py", "def f():\n" + "    x = 1\n" * 49),
    (tidy.no_float_near_money, "benchmarks/rate.py", "RATE = 0.1"),
    (tidy.no_float_near_money, "loyalty/rate.py", "RATE = '0.1'"),
    (tidy.public_name_has_a_docstring, "crm/good.py", '"""Module."""\ndef _helper(): ...'),
    (tidy.test_name_is_a_sentence, "tests/test_x.py", "def test_sale_adds_turnover(): ..."),
    (tidy.no_address_of_a_registry, "requirements.lock", "x==1.0 \\\n    --hash=sha256:00"),
    (tidy.no_address_of_a_registry, "docs/use.md", "http" + "://127.0.0.1:8000/"),
    (tidy.silenced_checker_has_a_reason, "api/app.py", "x = f()  # no" + "qa: S101 - our own mistake"),
    (tidy.silenced_checker_has_a_reason, "api/app.py", "x = f()  # type: " + "ignore[misc] # untyped upstream"),
    (tidy.broad_except_stays_at_the_edge, "api/app.py", "try: g()\nexcept ValueError: h()"),
    (tidy.broad_except_stays_at_the_edge, "api/app.py", "try: g()\nexcept BaseException:\n  h()\n  raise"),
    (tidy.sql_stays_in_its_rooms, "loyalty/cards/repository.py", "x = 'select id from card'"),
    (tidy.sql_stays_in_its_rooms, "loyalty/cards/service.py", '"""Select a card from a series."""'),
    (tidy.requirement_exists, "tests/test_x.py", '"""PAP-14, C77-92."""'),
]


def test_repository_is_found_without_git() -> None:
    paths = {source.path for source in tidy.sources()}
    assert {"Makefile", ".ci/run", "pyproject.toml", "tests/tidy.py", "loyalty/money.py"} <= paths
    assert not [path for path in paths if path.startswith((".git/", ".venv/"))]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_every_file_passes_the_check(check: Check) -> None:
    problems = [problem for source in tidy.sources() for problem in check(source)]
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize(("check", "path", "text"), BAD)
def test_check_fails_on_a_bad_sample(check: Check, path: str, text: str) -> None:
    assert list(check(Source(path, text)))


@pytest.mark.parametrize(("check", "path", "text"), GOOD)
def test_check_passes_a_good_sample(check: Check, path: str, text: str) -> None:
    assert list(check(Source(path, text))) == []


def test_every_check_has_both_samples() -> None:
    assert {check for check, *_ in BAD} == set(CHECKS)
    assert {check for check, *_ in GOOD} >= set(CHECKS) - {tidy.no_note_for_later, tidy.no_path_of_a_person}


def test_requirements_are_listed_once_each() -> None:
    ids = (ROOT / "tests" / "requirement_ids.txt").read_text(encoding="utf-8").split()
    assert len(ids) == len(set(ids)) == 244


def test_changelog_speaks_of_the_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert has_entry((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), version)
    assert not has_entry("## 0.1.10\n", "0.1.1")


def test_decision_records_are_numbered_without_holes() -> None:
    records = {file.name: file.read_text(encoding="utf-8") for file in (ROOT / "docs" / "decisions").glob("0*.md")}
    index = (ROOT / "docs" / "decisions" / "README.md").read_text(encoding="utf-8")
    assert list(decision_problems(records, index)) == []


def test_hole_between_decision_records_is_noticed() -> None:
    text = "# 1. A\n## Context\n## Decision\n## Consequences\n## Alternatives\n"
    records = {"0001-a.md": text, "0003-c.md": "# 4. C\n"}
    assert list(decision_problems(records, "0001-a.md")) == [
        "0003-c.md: the next number is 2",
        "0003-c.md: its heading has another number",
        "0003-c.md: no part Context",
        "0003-c.md: no part Decision",
        "0003-c.md: no part Consequences",
        "0003-c.md: no part Alternatives",
        "0003-c.md: not in the index",
    ]


def test_every_module_has_its_storey() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    modules = {package: modules_of(package) for package in project["root_packages"]}
    problems = list(storey_problems(modules, project["contracts"]))
    assert not problems, "\n".join(problems)


def test_module_without_a_storey_is_noticed() -> None:
    contract = {"type": "layers", "containers": ["crm"], "exhaustive": True, "layers": ["parties | (cards)"]}
    modules = {"crm": {"parties", "tasks"}, "api": {"app"}}
    assert list(storey_problems(modules, [contract])) == ["crm.tasks has no storey", "api.app has no storey"]


def has_entry(changelog: str, version: str) -> bool:
    """Whether a heading of the changelog begins with the version."""
    return re.search(rf"^## {re.escape(version)}(?!\S)", changelog, re.MULTILINE) is not None


def decision_problems(records: Mapping[str, str], index: str) -> Iterator[str]:
    """Say where numbers, headings, parts or the index of the decision records do not fit."""
    for number, (name, text) in enumerate(sorted(records.items()), 1):
        if int(name[:4]) != number:
            yield f"{name}: the next number is {number}"
        if not text.startswith(f"# {int(name[:4])}. "):
            yield f"{name}: its heading has another number"
        for part in ("Context", "Decision", "Consequences", "Alternatives"):
            if f"## {part}\n" not in text:
                yield f"{name}: no part {part}"
        if name not in index:
            yield f"{name}: not in the index"


def modules_of(package: str) -> set[str]:
    """Name the modules and packages that stand directly in a package."""
    files = [file for file in (ROOT / package).glob("*.py") if file.stem != "__init__"]
    folders = [file.parent for file in (ROOT / package).glob("*/__init__.py")]
    return {file.stem for file in files} | {folder.name for folder in folders}


def storey_problems(modules: Mapping[str, set[str]], contracts: Iterable[Mapping[str, object]]) -> Iterator[str]:
    """Name the modules that no exhaustive layers contract of their package speaks of."""
    placed = {
        (container, module)
        for contract in contracts
        if contract["type"] == "layers" and contract.get("exhaustive")
        for container in as_strings(contract["containers"])
        for layer in [*as_strings(contract["layers"]), *as_strings(contract.get("exhaustive_ignores", []))]
        for module in re.findall(r"\w+", layer)
    }
    for package, names in modules.items():
        yield from (f"{package}.{name} has no storey" for name in sorted(names) if (package, name) not in placed)


def as_strings(value: object) -> list[str]:
    """Read a list of the project file."""
    return [str(item) for item in value] if isinstance(value, list) else []
