"""`import-model` on the command line: a model that the other commands use, or one sentence and an exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from strangers import dense, entrance, flatten, random_weights, sequential, templates, write_keras

from mnist_desktop.cli import main
from mnist_desktop.paths import shipped

# TensorFlow starts anew for each file that is converted, on a machine that may have other things to do.
pytestmark = pytest.mark.timeout(900)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_keras(tmp_path / "x.keras", sequential(entrance(28, 28), flatten(), dense(10)), {"dense": templates()})


def test_an_imported_model_reads_by_its_name(
    file: Path, tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = tmp_path / "labels.txt"
    labels.write_text("\n".join("0123456789"))
    assert main(["import-model", "--json", "--labels", str(labels), str(file), "linear"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["folder"] == str(home / "models" / "linear")
    assert (found["samples"], found["count"], found["preparation"]) == ("digits", 100, "digit")
    assert found["parameters"] == 7850
    samples = shipped("resources") / "samples" / "digits.jsonl.gz"
    assert main(["evaluate", "--json", "--model", "linear", str(samples)]) == 0
    assert json.loads(capsys.readouterr().out)["accuracy"] == found["right"] / 100
    # Nothing takes its place.
    assert main(["import-model", str(file), "LINEAR"]) == 1
    assert "already" in capsys.readouterr().err


def test_what_the_samples_do_not_tell_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    weights = random_weights((784, 7), (7,))
    file = write_keras(tmp_path / "x.keras", sequential(entrance(784), dense(7)), {"dense": weights})
    assert main(["import-model", str(file), "seven"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert "--prepare digit or --prepare picture" in captured.err


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "../up", "-x", ".hidden", "two words", "nul", "COM1", "é", "x" * 61, "a\nb"]
)
def test_a_name_that_is_no_folders_on_every_system_is_refused(
    file: Path, home: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert main(["import-model", "--", str(file), name]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert not (home / "models").exists()


def test_a_shipped_models_name_is_taken(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import-model", str(file), "digits"]) == 1
    assert "There is a model “digits” already." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"one\n", "has 1 labels"),
        (b"", "has 0 labels"),
        (b"a\n\nb\n", "is empty"),
        (b"a\nb\na\n", "twice"),
        (b"a\nb\x07\n", "no plain text"),
        (b"[1, 2", "no list of labels"),
        (b'{"0": "zero",\n "1": "one"}', "is a JSON object, and labels are a list"),
        (b"[" * 100_000, "no list of labels"),
        (b'["a", {"b": 1}]', "is empty"),
        (b"\xff\xfe\x00", "no list of labels"),
        (b"\n".join(b"%d" % number for number in range(20_000)), "has 20000 labels"),
        (b"a" * 61 + b"\nb", "longer than 60"),
        (b"a\n" * 600_000, "no list of labels"),
    ],
)
def test_a_file_that_is_no_list_of_labels_is_refused(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, why: str
) -> None:
    labels = tmp_path / "labels"
    labels.write_bytes(content)
    assert main(["import-model", "--labels", str(labels), str(file), "new"]) == 1
    captured = capsys.readouterr()
    assert why in captured.err
    assert captured.err.count("\n") == 1


def test_labels_that_are_no_file_are_refused(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for labels in (tmp_path, tmp_path / "missing", Path("/dev/zero")):
        assert main(["import-model", "--labels", str(labels), str(file), "new"]) == 1
        assert capsys.readouterr().err.count("\n") == 1


def test_without_tensorflow_it_says_what_adds_it(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert main(["import-model", str(file), "new"]) == 1
    assert "make setup" in capsys.readouterr().err
