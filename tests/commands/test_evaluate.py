"""`evaluate` prints what was measured, and goes on after data that cannot be read."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from full_disk import full_disk
from PIL import Image
from sklearn.datasets import load_digits

from mnist_desktop.cli import main
from mnist_desktop.paths import shipped
from mnist_desktop.recognition.models import CARD


@pytest.fixture
def digits(tmp_path: Path) -> Path:
    data = load_digits()
    file = tmp_path / "digits.npz"
    np.savez(file, images=(data.images[:100] * 15).astype(np.uint8), labels=data.target[:100])
    return file


def test_a_line_of_json_for_each_data(digits: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["evaluate", "--json", str(digits), str(tmp_path / "missing"), str(digits)]) == 1
    captured = capsys.readouterr()
    first, second = (json.loads(line) for line in captured.out.splitlines())
    assert set(first) == {"data", "count", "accuracy", "unsure", "blank", "ece", "recall", "confusion", "ms_per_image"}
    assert (first["count"], len(first["recall"]), len(first["confusion"])) == (100, 10, 10)
    assert first["accuracy"] == second["accuracy"] > 0.9
    assert np.sum(first["confusion"]) == 100
    assert "There is no" in captured.err


def test_pictures_named_by_no_label_are_left_out_and_blank_ones_counted(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for name in ("3_blank.png", "99_odd.png"):
        Image.new("L", (40, 40), 255).save(tmp_path / name)
    assert main(["evaluate", str(tmp_path)]) == 1
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1
    assert "99_odd.png" in captured.err
    assert "0.00% of 1 right" in captured.out
    assert "blank, counted as wrong: 1" in captured.out
    assert main(["evaluate", "--json", str(tmp_path)]) == 1
    assert json.loads(capsys.readouterr().out)["blank"] == 1


def test_a_model_whose_digits_stand_in_another_order_is_measured_by_what_they_are(
    digits: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The shipped network with its labels renamed: what was read right as a 2 is now called a 7."""
    folder = Path(shutil.copytree(shipped("model") / "digits", tmp_path / "backwards"))
    card = json.loads((folder / CARD).read_text("utf-8"))
    (folder / CARD).write_text(json.dumps({**card, "labels": card["labels"][::-1]}), "utf-8")
    with np.load(digits) as arrays:
        np.savez(tmp_path / "turned.npz", images=arrays["images"], labels=9 - arrays["labels"])
    assert main(["evaluate", "--json", "--model", str(folder), str(tmp_path / "turned.npz")]) == 0
    assert json.loads(capsys.readouterr().out)["accuracy"] > 0.9


def test_both_engines_measure_the_same(digits: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = []
    for engine in ("litert", "tensorflow"):
        assert main(["evaluate", "--json", "--engine", engine, str(digits)]) == 0
        found.append(json.loads(capsys.readouterr().out))
    assert found[0]["confusion"] == found[1]["confusion"]


def test_the_text_says_how_many_are_right(digits: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(digits)]) == 0
    assert "% of 100 right" in capsys.readouterr().out


def test_the_least_recall_is_that_of_a_label_with_data(
    digits: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with np.load(digits) as arrays:
        images, labels = arrays["images"], arrays["labels"]
    np.savez(tmp_path / "threes.npz", images=images[labels == 3], labels=labels[labels == 3])
    assert main(["evaluate", str(tmp_path / "threes.npz")]) == 0
    assert "least recall: 3 with" in capsys.readouterr().out


def test_plots_of_each_data_stand_side_by_side(
    digits: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    for name in ("digits.npz", "DIGITS.npz", "$a b.npz"):
        (tmp_path / "other" / name).write_bytes(digits.read_bytes())
    plots = tmp_path / "made" / "plots"
    others = sorted(map(str, (tmp_path / "other").iterdir()))
    assert main(["evaluate", "--json", "--plots", str(plots), str(digits), str(tmp_path / "missing"), *others]) == 1
    assert len(capsys.readouterr().out.splitlines()) == 4
    stems = ("_a_b", "digits", "DIGITS-2", "digits-3")
    assert {file.name for file in plots.iterdir()} == {
        f"{stem}-{kind}.png" for stem in stems for kind in ("reliability", "confusion")
    }
    assert (plots / "digits-confusion.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("place", ["a file", "a file/below"])
def test_plots_that_cannot_be_written_are_refused_before_anything_is_measured(
    digits: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path, place: str
) -> None:
    (tmp_path / "a file").write_text("kept")
    assert main(["evaluate", "--plots", str(tmp_path / place), str(digits)]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert str(tmp_path / place) in captured.err
    assert (tmp_path / "a file").read_text() == "kept"


def test_a_plot_that_cannot_be_written_is_a_sentence_after_the_figures(
    digits: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "digits-reliability.png").mkdir()
    assert main(["evaluate", "--plots", str(tmp_path), str(digits)]) == 1
    captured = capsys.readouterr()
    assert "% of 100 right" in captured.out
    assert "digits-reliability.png cannot be written" in captured.err


def test_plots_that_the_disk_has_no_room_for_leave_the_former_ones(
    digits: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    plots = tmp_path / "plots"
    assert main(["evaluate", "--plots", str(plots), str(digits)]) == 0
    former = {file: file.read_bytes() for file in plots.iterdir()}
    with full_disk(room=5_000):
        assert main(["evaluate", "--plots", str(plots), str(digits)]) == 1
    said = capsys.readouterr().err
    assert said == f"mnist-desktop: {plots / 'digits-reliability.png'} cannot be written (File too large).\n"
    assert {file: file.read_bytes() for file in plots.iterdir()} == former


def test_plots_without_matplotlib_say_what_adds_it(
    digits: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert main(["evaluate", "--plots", str(tmp_path / "plots"), str(digits)]) == 1
    assert "mnist-desktop[plots]" in capsys.readouterr().err
    assert not (tmp_path / "plots").exists()


def test_training_without_tensorflow_says_what_adds_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert main(["train", "--data", str(tmp_path), "--out", str(tmp_path / "out")]) == 1
    assert "make setup" in capsys.readouterr().err


def test_training_without_data_says_what_is_missing(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["train", "--data", str(tmp_path), "--out", str(tmp_path / "out")]) == 1
    assert "train-images-idx3-ubyte" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_photographs_of_the_digits_are_told_apart_by_what_makes_them_hard(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    ink = tmp_path / "sevens.jsonl"
    ink.write_text('{"strokes": [[[0, 0], [60, 0], [25, 100]]], "label": 7}\n' * 8, "utf-8")
    assert main(["evaluate", "--json", "--photos", str(ink)]) == 0
    every, *kinds = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert "photos" not in every
    assert every["count"] == 8
    assert {"dark on light", "light on dark"} & {line["photos"] for line in kinds}
    assert main(["evaluate", "--photos", str(ink)]) == 0
    assert "photographs right" in capsys.readouterr().out


def test_photographs_of_pictures_are_refused_by_a_sentence(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    Image.new("L", (40, 40), 255).save(tmp_path / "3_blank.png")
    assert main(["evaluate", "--photos", str(tmp_path)]) == 1
    assert "holds pictures already" in capsys.readouterr().err
