"""Which way the arrows go, read from the sources without importing them."""

import ast
import re
import sys
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parent.parent
SOURCES = sorted(path for folder in ("benchmark", "methods") for path in (ROOT / folder).rglob("*.py"))
CONTRACT = (
    "interface",
    "tasks",
    "extensions",
    "profiles",
    "registry",
    "containment",
    "studies",
    "training",
    "heads",
    "episodes",
    "sources",
    "seeding",
    "errors",
    "devices",
    "networks",
    "augmentation",
)
# The rooms of the harness, from the ground up: arrows go down.
FLOORS = (
    ("system",),
    ("analysis",),
    ("data",),
    ("tasks", "bodies", "store"),
    ("cells",),
    ("suites",),
    ("planning",),
    ("report",),
    ("running",),
    ("api",),
    ("cli",),
)
TEXTS = (
    ".py",
    ".toml",
    ".md",
    ".json",
    ".csv",
    ".txt",
    ".yml",
    ".yaml",
    ".cfg",
    ".ini",
    ".in",
    ".sh",
    ".html",
)


def imported(path):
    """Full names of all modules that a file imports, wherever it does."""
    package = list(path.relative_to(ROOT).with_suffix("").parts[:-1])
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*above, *filter(None, [node.module])])
            yield from (f"{module}.{alias.name}" for alias in node.names)


def offenders(folder, wrong):
    """What a folder's files import and must not."""
    return [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in SOURCES
        if path.is_relative_to(ROOT / folder)
        for name in imported(path)
        if wrong(name)
    ]


def in_package(name, *packages):
    return any(f"{name}.".startswith(f"{package}.") for package in packages)


def test_imports_are_read_from_the_sources():
    """Else the tests below could not fail."""
    found = set(imported(ROOT / "benchmark" / "cli" / "run.py"))
    assert {"click", "benchmark.cli._options", "benchmark.api.run.carry_out"} <= found
    assert len(SOURCES) > 50


def test_methods_never_import_the_harness():
    assert offenders("methods", lambda name: in_package(name, "benchmark", "tests")) == []


def test_tests_of_methods_need_no_harness():
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sorted((ROOT / "tests" / "methods").rglob("*.py"))
        for name in imported(path)
        if in_package(name, "benchmark")
    ]
    assert wrong == []


def test_harness_knows_methods_through_the_contract_only():
    allowed = [f"methods.{module}" for module in CONTRACT]
    assert offenders("benchmark", lambda n: in_package(n, "methods") and not in_package(n, *allowed)) == []


def test_harness_never_imports_its_tests():
    assert offenders("benchmark", lambda name: in_package(name, "tests")) == []


def test_rooms_import_only_what_lies_below_them():
    """The order of the rooms is that of docs/design.md; rooms of one floor do not know each other."""
    floor = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}

    def upwards(path, name):
        room, other = path.relative_to(ROOT / "benchmark").parts[0], name.split(".")[1]
        return other != room and floor[other] >= floor[room]

    inside = [
        path for path in SOURCES if path.parent.is_relative_to(ROOT / "benchmark") and path.parent.name != "benchmark"
    ]
    found = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in inside
        for name in imported(path)
        if name.startswith("benchmark.") and upwards(path, name)
    ]
    assert found == []


def test_the_root_of_the_harness_holds_packages_only():
    there = {path.name for path in (ROOT / "benchmark").iterdir() if path.name not in ("__pycache__", "py.typed")}
    assert there == {"__init__.py", *(room for rooms in FLOORS for room in rooms)}


def test_method_contract_needs_nothing_but_torch_and_numpy():
    plain = {"torch", "numpy", "methods", "__future__"}
    standard = sys.stdlib_module_names
    found = {
        name.split(".")[0]
        for module in ("interface", "tasks", "given", "extensions", "profiles", "heads", "seeding", "errors")
        for name in imported(ROOT / "methods" / f"{module}.py")
    }
    assert found <= plain | standard


def test_no_file_names_the_folder_of_one_machine_or_a_package_index():
    work = r"(?<![\w.])/" + r"work(?![\w-])"
    index = "|".join(["pypi" + r"\.org", "python" + "hosted", "(?:extra-)?index" + r"-url", "find" + "-links"])
    pattern = re.compile(f"{work}|{index}")
    assert pattern.search("see /" + "work/main")
    assert not pattern.search("/" + "workbench .github/" + "workflows net/" + "work")
    top = [path for path in ROOT.iterdir() if path.is_file() and not path.name.startswith(".git")]
    inner = [
        path
        for folder in ("benchmark", "methods", "tests", "results", "docs", ".github")
        for path in (ROOT / folder).rglob("*")
    ]
    files = [path for path in [*top, *inner] if path.suffix in TEXTS]
    assert len(files) > 100
    found = {
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in files
        for match in pattern.finditer(path.read_text(encoding="utf-8"))
    }
    assert found == set()


def test_the_plan_in_the_docs_is_the_tree():
    """Every room of the harness from the top floor down, then the folders of the methods."""
    text = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    planned = re.findall(r"^((?:benchmark|methods)/[\w/]+)  ", text, flags=re.MULTILINE)
    rooms = [f"benchmark/{room}" for rooms in reversed(FLOORS) for room in rooms]
    folders = [
        f"methods/{path.name}" for path in sorted((ROOT / "methods").iterdir()) if (path / "__init__.py").is_file()
    ]
    assert planned == [*rooms, *folders]


def test_methods_import_each_other_in_no_circle():
    """Imports for annotations and those within functions count as any other."""
    modules = {}
    for path in SOURCES:
        if path.is_relative_to(ROOT / "methods"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            modules[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path

    def module_of(name):
        while name and name not in modules:
            name = name.rpartition(".")[0]
        return name

    graph = {name: {module_of(target) for target in imported(path)} - {name, ""} for name, path in modules.items()}
    assert "methods.algorithms.metadiff" in graph["methods.studies.optimal_path"]
    TopologicalSorter(graph).prepare()  # CycleError names the modules of a circle
