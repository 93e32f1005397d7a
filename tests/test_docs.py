"""What the documents say is what the program does: commands, targets, settings, links."""

from __future__ import annotations

import argparse
import re
import shlex
from pathlib import Path

import pytest

from mnist_desktop.cli import build_parser
from mnist_desktop.doctor import KNOWN_VARIABLES
from mnist_desktop.settings import SETTINGS

CHECKOUT = Path(__file__).parents[1]

DOCUMENTS = sorted([*CHECKOUT.glob("*.md"), *CHECKOUT.glob("docs/**/*.md")])

README = (CHECKOUT / "README.md").read_text(encoding="utf-8")


def code_in(text: str) -> list[str]:
    """Every line of a shell block and every piece of inline code; comments are taken off."""
    blocks = re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL)
    lines = [line.split(" # ")[0].strip() for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    return lines + re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))


def anchors_in(text: str) -> set[str]:
    """What a link's #fragment can name: headings, as GitHub spells them."""
    headings = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_make_command_has_its_target(document: Path) -> None:
    targets = re.findall(r"^(\w+):", (CHECKOUT / "Makefile").read_text(), flags=re.MULTILINE)
    for code in code_in(document.read_text(encoding="utf-8")):
        if match := re.match(r"make (\w+)", code):
            assert match[1] in targets, code


def test_help_names_every_target() -> None:
    makefile = (CHECKOUT / "Makefile").read_text()
    (phony,) = re.findall(r"^\.PHONY: (.+)$", makefile, flags=re.MULTILINE)
    assert set(re.findall(r"@echo 'make (\w+) ", makefile)) == set(phony.split()) - {"help"}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", document.read_text(encoding="utf-8")):
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        path = document.parent / name if name else document
        assert path.exists(), target
        if anchor:
            assert anchor in anchors_in(path.read_text(encoding="utf-8")), target


def test_the_readme_lists_every_setting_with_its_variable_and_default() -> None:
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \| .+ \| (.*) \|$", README, flags=re.MULTILINE)
    assert [(name, variable) for name, variable, _ in rows] == [
        (setting.name, setting.variable) for setting in SETTINGS.values()
    ]
    for name, _, default in rows:
        expected = SETTINGS[name].default
        if expected is not None:
            assert default == f"`{expected}`", name
        else:
            assert "`" not in default, name


def test_every_test_that_the_promise_names_is_there() -> None:
    named = set(re.findall(r"`(test_\w+)`", (CHECKOUT / "docs" / "reliability.md").read_text(encoding="utf-8")))
    tests = "".join(file.read_text(encoding="utf-8") for file in CHECKOUT.glob("tests/**/test_*.py"))
    assert len(named) > 20
    assert named <= set(re.findall(r"^def (test_\w+)\(", tests, flags=re.MULTILINE))


def test_every_fault_is_in_the_promise() -> None:
    promise = (CHECKOUT / "docs" / "reliability.md").read_text(encoding="utf-8")
    faults = "".join(file.read_text(encoding="utf-8") for file in CHECKOUT.glob("tests/faults/test_*.py"))
    for name in re.findall(r"^@pytest.mark.seeded.*\ndef (test_\w+)\(", faults, flags=re.MULTILINE):
        assert f"`{name}`" in promise, name


def test_every_variable_that_a_document_names_is_one() -> None:
    for document in DOCUMENTS:
        assert set(re.findall(r"MNIST_DESKTOP_\w+", document.read_text(encoding="utf-8"))) <= KNOWN_VARIABLES, (
            document.name
        )


def commands_of(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """Every command of `parser` that has none below it, by its full name."""
    below = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    found: dict[str, argparse.ArgumentParser] = {}
    for action in below:
        for name, child in action.choices.items():
            found |= {f"{name} {rest}".strip(): command for rest, command in commands_of(child).items()}
    return found or {"": parser}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_is_one_that_the_program_takes(document: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stand_ins = {"FILE…": "x.png", "DATA…": "x.npz", "FILE": "x.jsonl", "ID": "1120df42-e581-11f1-8eff-5f624e4b2f38"}
    for code in code_in(document.read_text(encoding="utf-8")):
        match = re.match(r"(?:mnist-desktop|python -m mnist_desktop)(?= |$)(.*)", code)
        if match:
            words = [stand_ins.get(word, word) for word in shlex.split(match[1])]
            try:
                build_parser().parse_args(words)
            except SystemExit:
                pytest.fail(f"{document.name}: {code}\n{capsys.readouterr().err}")


def test_the_readme_lists_every_command_and_no_other() -> None:
    listed = re.findall(r"^\| `mnist-desktop ?([a-z\- ]*?)(?: (?:--|[A-Z]).*?)?` \|", README, flags=re.MULTILINE)
    assert listed == ["", *commands_of(build_parser())]


def test_files_that_the_readme_names_in_a_shell_are_there() -> None:
    for name in re.findall(r"docker compose -f (\S+)", README):
        assert (CHECKOUT / name).is_file()


def test_the_readmes_query_names_columns_of_the_real_schema() -> None:
    schema = (CHECKOUT / "mnist_desktop" / "log" / "schema.cql").read_text(encoding="utf-8")
    (table,) = re.findall(r"CREATE TABLE IF NOT EXISTS \S+\.prediction \((.*?)\n\)", schema, flags=re.DOTALL)
    columns = set(re.findall(r"^\s+(\w+) \w+", table, flags=re.MULTILINE))
    (selected, conditions) = re.findall(
        r"SELECT toTimestamp\(id\) AS time, (.+?)\s+FROM \S+ WHERE (.+?) LIMIT", README
    )[0]
    named = set(selected.split(", ")) | set(re.findall(r"(\w+) = ", conditions)) | {"id"}
    assert named <= columns
