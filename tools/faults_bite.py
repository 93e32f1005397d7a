"""Takes what keeps the log's promise out of a copy of the program, one thing at a time, and shows that tests fail.

`python tools/faults_bite.py` prints a table; it ends with 1 when a test does not notice, or fails by itself.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]

COPIED = ("mnist_desktop", "tests", "pyproject.toml")

LINKED = ("model", "resources")
"""Large, and no part of what is tried here."""


@dataclass(frozen=True, kw_only=True)
class Bite:
    """Something that is taken out, and the fault whose test must notice."""

    what: str
    edits: tuple[tuple[str, str, str], ...]
    """In which file of the package which text is replaced by which; each text stands there once."""
    test: str
    seed: int = 1


BITES = (
    Bite(
        what="`USING TIMESTAMP` of the version",
        edits=(
            ("log/table.py", ", ?' * len(COLUMNS)}) USING TIMESTAMP ?", ", ?' * len(COLUMNS)})"),
            ("log/table.py", ", record.id, *values, record.version))", ", record.id, *values))"),
        ),
        test="test_kills.py::test_an_old_copy_of_the_journal_brings_nothing_back_as_it_was",
    ),
    Bite(
        what="the journal's COMMIT before “saved”: it comes a moment after",
        edits=(
            (
                "log/log.py",
                "            return not self._gathering and self.retry_unsaved()\n",
                "            threading.Timer(0.05, self.retry_unsaved).start()\n            return True\n",
            ),
        ),
        test="test_kills.py::test_a_program_killed_anywhere_loses_nothing_that_it_called_saved",
        seed=2,
    ),
    Bite(
        what="the sync of the journal's COMMIT",
        edits=(("log/journal_file.py", "PRAGMA synchronous = FULL", "PRAGMA synchronous = NORMAL"),),
        test="test_disk.py::test_nothing_is_called_saved_before_the_disk_was_told_to_keep_it",
    ),
    Bite(
        what="the check of the log's identity",
        edits=(
            (
                "log/journal.py",
                'carry_through(self._file, OF_STATE, elsewhere, {"state": "delivered"})',
                "0",
            ),
        ),
        test="test_schema.py::test_a_schema_dropped_under_the_program_is_made_again_and_filled",
        seed=0,
    ),
    Bite(
        what="the retry of a write whose outcome is unknown",
        edits=(
            (
                "log/sending.py",
                "delivered=tuple(record for record, error in ended if error is None)",
                "delivered=tuple(record for record, error in ended if error is None or not is_refused_for_ever(error))",
            ),
            (
                "log/sending.py",
                "uncertain=tuple((record, error) for record, error in failed if not is_refused_for_ever(error))",
                "uncertain=()",
            ),
        ),
        test="test_connection.py::test_writes_that_get_lost_on_a_connection_that_lives_are_sent_again",
    ),
    Bite(
        what="the resending of the last minute",
        edits=(("log/delivery.py", " + self._journal.doubt(DOUBTED_SECONDS)", ""),),
        test="test_clock.py::test_what_a_node_loses_with_its_power_is_sent_again_also_after_the_clock_was_set_back",
    ),
    Bite(
        what="the lock of the delivering process",
        edits=(("log/delivery.py", "self._is_my_turn() and ", ""),),
        test="test_together.py::test_one_program_delivers_at_a_time_and_another_takes_over_when_it_is_killed",
    ),
)


def copy_program(folder: Path) -> None:
    """A checkout in `folder` that can be changed."""
    for name in COPIED:
        source = CHECKOUT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    for name in LINKED:
        (folder / name).symlink_to(CHECKOUT / name)


def take_out(folder: Path, bite: Bite) -> None:
    """Change the copy."""
    for name, old, new in bite.edits:
        file = folder / "mnist_desktop" / name
        text = file.read_text(encoding="utf-8")
        if text.count(old) != 1:
            raise SystemExit(f"{name} has not once what is to be taken out: {old}")
        file.write_text(text.replace(old, new), encoding="utf-8")


def play(folder: Path, bite: Bite, environment: dict[str, str]) -> tuple[bool, str]:
    """Whether the bite's test passes with the copy, and what it says when it does not."""
    # From the copy's folder, which comes before the checkout on Python's path.
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"tests/faults/{bite.test}",
         "--fault-runs", "1", "--fault-seed", str(bite.seed)],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode not in (0, 1):
        raise SystemExit(f"The test did not run:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    said = re.search(r"^E +(?:Failed|AssertionError): (.+)\n(?:E +(\S.+)\n)?", done.stdout, flags=re.MULTILINE)
    # Which record it was says nothing to a reader.
    sentence = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "a record", " ".join(said.groups(default=""))) if said else ""
    return done.returncode == 0, sentence.partition("Outcome(")[0].strip()


def start_node(stack: ExitStack) -> str:
    """A node for all the tests that stop none, so that each does not start its own; its address as a test takes it."""
    sys.path.insert(0, str(CHECKOUT / "tests" / "plugins"))
    from cassandra_process import Node

    node = Node()
    stack.callback(node.remove)
    node.start()
    return f"{node.address}:{node.port}"


def main() -> None:
    """Play every bite, after the same tests have passed with nothing taken out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="play those whose test's name has this in it")
    arguments = parser.parse_args()
    toothless = 0
    with ExitStack() as stack:
        environment = dict(os.environ)
        environment.setdefault("MNIST_DESKTOP_TEST_CASSANDRA", "")
        if not environment["MNIST_DESKTOP_TEST_CASSANDRA"]:
            environment["MNIST_DESKTOP_TEST_CASSANDRA"] = start_node(stack)
        print("| taken out | test | as it is | without it | what the test says |\n|---|---|---|---|---|")
        for bite in (bite for bite in BITES if arguments.only in bite.test):
            with tempfile.TemporaryDirectory() as temporary:
                copy_program(Path(temporary))
                whole, trouble = play(Path(temporary), bite, environment)
                take_out(Path(temporary), bite)
                passed, said = play(Path(temporary), bite, environment)
            bitten = whole and not passed
            toothless += not bitten
            name = bite.test.partition("::")[2]
            print(
                f"| {bite.what} | `{name}` | {'passes' if whole else f'fails: {trouble}'} "
                f"| {'passes' if passed else 'fails'} | {said} |",
                flush=True,
            )
    sys.exit(1 if toothless else 0)


if __name__ == "__main__":
    main()
