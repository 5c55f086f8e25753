"""What the repository asks of its own text, beyond what ruff, mypy and import-linter can say.

Key idea: a check is a pure function from one file to the problems in it, so that each can be shown a planted bad
sample. `test_architecture.py` runs all of them over the checkout, with git or without. It reads text and never imports
the product.
"""

import ast
import io
import os
import re
import tokenize
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from functools import cache, lru_cache
from pathlib import Path, PurePosixPath

import msgspec

ROOT = Path(__file__).parent.parent
FILE_LINES = 400
FUNCTION_LINES = 50
TEST_NAME_WORDS = 3
SIZED = {".py", ".html", ".css", ".js"}
TEXT = SIZED | {"", ".in", ".json", ".lock", ".md", ".sql", ".svg", ".toml", ".txt", ".xml", ".yaml", ".yml"}

BROAD_EXCEPT_EDGES = frozenset(
    {
        "devices/transport.py:_call",  # a reader's thread
        "pos_adapter/wiring.py:_keep_running",  # what runs beside a till's local API: a till must not lose its sender
        "api/jobs/running.py:_run_to_its_end",  # a job: whoever waits for it must hear of any fault
        "api/cli.py:main",  # the command line: what a person can act on is said in one line, the rest is raised
        "api/rest/receipts.py:_on_its_own",  # a receipt of a batch: its neighbours must not hear of its fault
        "loyalty/receipts/flights.py:_fly",  # a flight's task: whoever waits must hear of any fault
        "loyalty/receipts/flights.py:_fly_alone",
    }
)
"""The outermost edges, as `path:function`, that may catch every exception."""

SQL_ROOMS = ("database/", "tests/", "benchmarks/")
SQL_FILES = frozenset(
    {
        "loyalty/accounts/proofs.py",
        "loyalty/cards/statements.py",
        "loyalty/installation.py",
        "loyalty/receipts/statements.py",
        "loyalty/tiers/statements.py",
    }
)
"""Files that may hold SQL text beside `repository.py`, `tables.py` and the rooms above."""

# A letter of each word stands in brackets, so that this file passes its own checks.
NOTE = re.compile(r"\b(?:TOD[O]|FIXM[E]|XX[X])\b")
HOST = re.compile(r"pypi\.or[g]|pythonhoste[d]|npmj[s]|yarnpk[g]|docker\.i[o]|ghcr\.i[o]")
HOME = re.compile(r"/hom[e]/\w|/User[s]/\w|/roo[t]/\.|/wor[k]/|\b[A-Z]:\\User[s]")
REQUIREMENT = re.compile(r"\b(?:PAP|BG|UNF|PS|C77)-\d{2}\b")
SQL = re.compile(
    r"\s*(?:select\s.*\sfrom\s|insert\s+into\s|update\s+\w+\s+set\s|delete\s+from\s|with\s+\w+\s+as\s*\()",
    re.IGNORECASE | re.DOTALL,
)
SILENCER = re.compile(r"#\s*(?:noqa(?P<codes>: ?[A-Z]+\d+(?:, ?[A-Z]+\d+)*)?|type: ?ignore(?P<kinds>\[[\w, -]+\])?)")
REASON = re.compile(r"[^\W\d_]{3}")

Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.ClassDef


class Source(msgspec.Struct, frozen=True):
    """One text file: its path from the root, with forward slashes, and what stands in it."""

    path: str
    text: str

    @property
    def is_python(self) -> bool:
        """Whether the file can be parsed as Python."""
        return self.path.endswith(".py")

    @property
    def is_test(self) -> bool:
        """Whether the file belongs to the tests."""
        return self.path.startswith("tests/")


Check = Callable[[Source], Iterator[str]]


def sources() -> Iterator[Source]:
    """Give every text file of the checkout that is ours: git's own and what `.gitignore` names is passed over."""
    ignored = [".git", *(ROOT / ".gitignore").read_text(encoding="utf-8").split()]
    for folder, folders, files in os.walk(ROOT):
        here = Path(folder).relative_to(ROOT)
        folders[:] = [name for name in folders if not _is_ignored(here / name, ignored)]
        for name in files:
            if Path(name).suffix in TEXT and not _is_ignored(here / name, ignored):
                yield Source((here / name).as_posix(), Path(folder, name).read_text(encoding="utf-8"))


def _is_ignored(path: Path, patterns: list[str]) -> bool:
    return any(
        fnmatch(path.as_posix(), pattern.strip("/")) or fnmatch(path.name, pattern.strip("/")) for pattern in patterns
    )


def file_fits_in_the_head(source: Source) -> Iterator[str]:
    """Code, templates, styles and scripts have at most 400 lines."""
    lines = source.text.count("\n")
    if PurePosixPath(source.path).suffix in SIZED and lines > FILE_LINES:
        yield f"{source.path}: {lines} lines, at most {FILE_LINES}"


def function_fits_on_a_screen(source: Source) -> Iterator[str]:
    """Functions have at most 50 lines, its docstring included."""
    for function in _functions(source):
        lines = (function.end_lineno or function.lineno) - function.lineno + 1
        if lines > FUNCTION_LINES:
            yield f"{source.path}:{function.lineno}: {function.name} has {lines} lines, at most {FUNCTION_LINES}"


def no_float_near_money(source: Source) -> Iterator[str]:
    """Neither `loyalty` nor `pos_adapter` writes a float, converts to one or names the type."""
    if not source.path.startswith(("loyalty/", "pos_adapter/")):
        return
    for node in _walk(source):
        if isinstance(node, ast.Name) and node.id == "float":
            yield f"{source.path}:{node.lineno}: names float"
        elif isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield f"{source.path}:{node.lineno}: writes a float"


def public_name_has_a_docstring(source: Source) -> Iterator[str]:
    """Every public module, class, function and method says what it promises; a test's name is its sentence."""
    if source.is_test or not source.is_python:
        return
    if ast.get_docstring(_parse(source.text)) is None:
        yield f"{source.path}: the module has no docstring"
    for node in _public_definitions(_parse(source.text)):
        if ast.get_docstring(node) is None:
            yield f"{source.path}:{node.lineno}: {node.name} has no docstring"


def _public_definitions(parent: ast.Module | ast.ClassDef) -> Iterator[Definition]:
    for node in parent.body:
        if isinstance(node, Definition) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from _public_definitions(node)


def test_name_is_a_sentence(source: Source) -> Iterator[str]:
    """A test is named by the rule it states, in three words or more."""
    for function in _functions(source) if source.is_test else ():
        if function.name.startswith("test") and len(function.name.split("_")) <= TEST_NAME_WORDS:
            yield f"{source.path}:{function.lineno}: {function.name} is no sentence"


def no_address_of_a_registry(source: Source) -> Iterator[str]:
    """No file names a package index, and a lock names no address at all."""
    for number, line in enumerate(source.text.splitlines(), 1):
        in_lock = PurePosixPath(source.path).name in {"requirements.lock", "package-lock.json"}
        if HOST.search(line) or (in_lock and ("://" in line or '"resolved"' in line or "--index" in line)):
            yield f"{source.path}:{number}: an address"


def no_note_for_later(source: Source) -> Iterator[str]:
    """Work that is left stands in the tracker, not in the code."""
    yield from _lines_with(NOTE, source, "a note for later")


def no_path_of_a_person(source: Source) -> Iterator[str]:
    """No file knows whose machine it was written on."""
    yield from _lines_with(HOME, source, "a path of one machine")


def _lines_with(pattern: re.Pattern[str], source: Source, problem: str) -> Iterator[str]:
    for number, line in enumerate(source.text.splitlines(), 1):
        if pattern.search(line):
            yield f"{source.path}:{number}: {problem}"


def silenced_checker_has_a_reason(source: Source) -> Iterator[str]:
    """Whoever silences ruff or mypy names the rule and says why, on the same line."""
    for line, comment in _comments(source):
        found = list(SILENCER.finditer(comment))
        if any(not (match["codes"] or match["kinds"]) for match in found):
            yield f"{source.path}:{line}: silences every rule"
        elif found and not REASON.search(SILENCER.sub("", comment)):
            yield f"{source.path}:{line}: silences a rule without a reason"


def broad_except_stays_at_the_edge(source: Source) -> Iterator[str]:
    """Only the outermost edges that are listed here catch every exception; cleaning up and raising on is no catch."""
    for function in _functions(source):
        if f"{source.path}:{function.name}" not in BROAD_EXCEPT_EDGES:
            yield from _broad_handlers(source.path, function)
    if source.is_python:
        yield from _broad_handlers(source.path, _parse(source.text))


def _broad_handlers(path: str, parent: ast.AST) -> Iterator[str]:
    """Find them in a function or module, but not in the functions inside it."""
    for node in ast.iter_child_nodes(parent):
        if isinstance(node, Function):
            continue
        if isinstance(node, ast.ExceptHandler) and _catches_everything(node):
            yield f"{path}:{node.lineno}: catches every exception"
        yield from _broad_handlers(path, node)


def _catches_everything(handler: ast.ExceptHandler) -> bool:
    if isinstance(handler.body[-1], ast.Raise) and handler.body[-1].exc is None:
        return False
    if handler.type is None:
        return True
    return any(isinstance(n, ast.Name) and n.id in {"Exception", "BaseException"} for n in ast.walk(handler.type))


def sql_stays_in_its_rooms(source: Source) -> Iterator[str]:
    """Texts of SQL stand in repositories and tables, in `database`, and in the files listed here."""
    path = PurePosixPath(source.path)
    in_room = source.path.startswith(SQL_ROOMS) or source.path in SQL_FILES
    if not source.is_python or in_room or "repository" in path.parts or path.stem in {"repository", "tables"}:
        return
    prose = {node.value for node in _walk(source) if isinstance(node, ast.Expr)}
    texts = (node for node in _walk(source) if isinstance(node, ast.Constant) and node not in prose)
    for node in texts:
        if isinstance(node.value, str) and SQL.match(node.value):
            yield f"{source.path}:{node.lineno}: SQL text"


def requirement_exists(source: Source) -> Iterator[str]:
    """Every requirement that a test names stands in `tests/requirement_ids.txt`."""
    if source.is_test:
        for unknown in sorted(set(REQUIREMENT.findall(source.text)) - _requirements()):
            yield f"{source.path}: there is no requirement {unknown}"


@lru_cache(maxsize=1)
def _requirements() -> frozenset[str]:
    return frozenset((ROOT / "tests" / "requirement_ids.txt").read_text(encoding="utf-8").split())


def _functions(source: Source) -> Iterator[Function]:
    return (node for node in _walk(source) if isinstance(node, Function))


def _walk(source: Source) -> Iterator[ast.AST]:
    """Walk a Python file's tree; any other file has none."""
    if source.is_python:
        yield from ast.walk(_parse(source.text))


@cache
def _parse(text: str) -> ast.Module:
    return ast.parse(text)


def _comments(source: Source) -> Iterator[tuple[int, str]]:
    if source.is_python:
        for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string
