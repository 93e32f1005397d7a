"""What the program imports is what it declares, so that a lean installation lacks nothing."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]

PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def imported(path: Path) -> Iterator[str]:
    """The top-level packages that a module imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module.partition(".")[0]


def names(requirements: list[str]) -> set[str]:
    """The distributions' names, as package indexes compare them."""
    return {re.sub(r"[-_.]+", "-", re.split(r"[<>=!~;\[ ]", text)[0]).lower() for text in requirements}


def test_every_import_comes_from_a_declared_dependency() -> None:
    distributions = importlib.metadata.packages_distributions()
    declared = names(PROJECT["dependencies"]).union(*map(names, PROJECT["optional-dependencies"].values()))
    # Installed by PySide6-Essentials and by TensorFlow as parts of themselves.
    declared |= {"shiboken6", "keras"}
    for path in sorted((CHECKOUT / "mnist_desktop").rglob("*.py")):
        for package in set(imported(path)) - set(sys.stdlib_module_names) - {"mnist_desktop"}:
            assert names(distributions.get(package, [package])) & declared, f"{path.name} imports {package}"


def test_every_declared_dependency_is_imported() -> None:
    distributions = importlib.metadata.packages_distributions()
    used = {
        name
        for path in (CHECKOUT / "mnist_desktop").rglob("*.py")
        for package in imported(path)
        for name in names(distributions.get(package, []))
    }
    assert names(PROJECT["dependencies"]) <= used


def test_the_lean_requirements_hold_no_extras_and_name_no_host() -> None:
    lean = (CHECKOUT / "requirements" / "run.txt").read_text()
    assert not re.search(r"^(tensorflow|keras|matplotlib|pytest)\b", lean, flags=re.MULTILINE)
    for name in ("run.txt", "dev.txt"):
        text = (CHECKOUT / "requirements" / name).read_text()
        assert "://" not in text
        pins = re.findall(r"^[\w.-]+==", text, flags=re.MULTILINE)
        hashes = re.findall(r"^[\w.-]+==.*\\\n\s+--hash=sha256:[0-9a-f]{64}", text, flags=re.MULTILINE)
        assert pins
        assert len(hashes) == len(pins)


def test_the_lean_requirements_are_those_of_development() -> None:
    pin = re.compile(r"^([\w.-]+==[^\s;]+)", flags=re.MULTILINE)
    lean, whole = (set(pin.findall((CHECKOUT / "requirements" / name).read_text())) for name in ("run.txt", "dev.txt"))
    assert lean <= whole
