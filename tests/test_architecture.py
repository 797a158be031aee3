"""Data flows one way, and starting up imports nothing heavy."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import sqtool

ROOT = Path(sqtool.__file__).parent

BASE = {
    "",
    "errors",
    "i18n",
    "registry",
    "schema",
    "config",
    "context",
    "issues",
    "numerals",
    "slices",
    "files",
    "places",
    "keys",
}
READ = {"export", "parsers"}
JOIN = {
    "aliases",
    "alias_files",
    "chats",
    "normalise",
    "ordering",
    "parts",
    "spool",
    "events",
    "references",
    "identity",
    "merge",
    "people",
    "roster",
    "roster_files",
    "senders",
    "suggestions",
    "listed",
    "snapshots",
    "tag_files",
}
# Layer -> what it may import beside BASE and itself. What is in no layer is in JOIN or is new:
# a new module has to say here where it stands.
ALLOWED: dict[str, set[str]] = {
    **{name: set() for name in BASE - {""}},
    "export": set(),
    "parsers": {"export", "text"},
    "detect": READ,
    "sources": {"export"},
    **dict.fromkeys(JOIN, READ | JOIN),
    "pseudonyms": set(),
    "masking": {"pseudonyms"},
    "shown": {"identity", "pseudonyms"},
    "cover": {"masking", "pseudonyms", "shown"},
    "anonymise": {"cover", "pseudonyms", "shown"},
    "reading": READ | JOIN | {"detect", "sources"},
    "pipeline": READ | JOIN | {"reading"},
    "writers": READ | JOIN,
    "inside": READ | JOIN | {"detect"},
    "coverage": set(),
    "convert": READ | JOIN | {"sources", "reading", "writers", "cover", "shown"},
    "store": READ | JOIN | {"detect", "reading", "pipeline"},
    "text": set(),
    "metrics": {"text"},
    "reports": {"metrics", "text"},
    "render": {"reports", "metrics"},
    "scale": {"store", "metrics", "reading", "reports", "on_ray"},
    "ray_driver": set(),
    "on_ray": {"scale", "ray_driver"},
    "demo": set(),
}
NARROW = {
    # A renderer sees the finished report and how a column is declared: no metric, no dataset.
    "render": {
        "sqtool.metrics._base", "sqtool.reports._model", "sqtool.reports._blocks",
        "sqtool.reports._labels",
    },
}  # fmt: skip
HEAVY = (
    "polars",
    "pydantic",
    "rich",
    "numpy",
    "jieba",
    "rjieba",
    "msgspec",
    "xlsxwriter",
    "fastexcel",
    "selectolax",
    "yaml",
    "ray",
)


def modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        yield ".".join(("sqtool", *(p for p in parts if p != "__init__"))), path


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: relative import"
            module = node.module or ""
            # ``from sqtool.metrics import churn`` names a module, too.
            inner = ROOT.parent.joinpath(*module.split("."))
            found |= {
                f"{module}.{alias.name}" if (inner / f"{alias.name}.py").exists() else module
                for alias in node.names
            }
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return {name for name in found if name.split(".")[0] == "sqtool"}


def layer(module: str) -> str:
    parts = module.split(".")
    first = parts[1] if len(parts) > 1 else ""
    return "demo" if first.startswith("_demo") else first


@pytest.mark.parametrize(("module", "path"), [pytest.param(*m, id=m[0]) for m in modules()])
def test_a_module_imports_only_what_lies_before_it(module: str, path: Path) -> None:
    own = layer(module)
    if own in ("cli", "__main__", ""):  # sees everything; the root only names lazily
        return
    assert own in ALLOWED, f"{own} has no place in the order of layers: add it to ALLOWED"
    allowed = BASE | ALLOWED[own] | {own}
    for imported in sorted(imports(path)):
        assert layer(imported) in allowed, f"{module} imports {imported}"
        if own in NARROW and layer(imported) in ALLOWED[own]:
            assert imported in NARROW[own], f"{module} imports {imported}"


def loaded(*args: str) -> set[str]:
    """Return the modules a command line has imported when it is done, in a fresh interpreter."""
    code = (
        "import sys; from sqtool.__main__ import main; main(sys.argv[1:]);"
        "sys.stderr.write('\\n'.join(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *args], capture_output=True, text=True, check=True,
        encoding="utf-8",
    )  # fmt: skip
    assert done.stdout
    return set(done.stderr.split())


def test_version_imports_neither_typer_nor_anything_heavy() -> None:
    assert not loaded("--version") & {"typer", "sqtool.cli", *HEAVY}


@pytest.mark.parametrize("args", [("--help",), (), ("--lang", "zh", "--help")])
def test_the_first_help_page_imports_nothing_heavy(args: tuple[str, ...]) -> None:
    assert not loaded(*args) & set(HEAVY)


def test_the_help_page_of_a_report_imports_nothing_heavy() -> None:
    # Typer itself imports pydantic to run the group around a command.
    assert not loaded("report", "--help") & set(HEAVY) - {"pydantic"}


def test_importing_the_package_imports_nothing_heavy() -> None:
    code = "import sqtool, sys; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & set(HEAVY)


def test_every_module_says_what_it_is_for() -> None:
    for module, path in modules():
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), module
