"""The harder test sets: the same ones every time, as hard as they say, and of writers whom no training saw."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from numpy.random import default_rng
from numpy.typing import NDArray

from mnist_desktop.evaluation.data import open_data
from mnist_desktop.ink.drawing import LabelledDrawing, read_ink_file
from mnist_desktop.training.styles import styled_digit

SCRIPT = Path(__file__).parents[2] / "tools" / "make_test_sets.py"

KEPT_OUT = 740
SCANNED = 1797

SETS = {
    "pen.jsonl": KEPT_OUT,
    "pen-25-px.jsonl": KEPT_OUT,
    "pen-25-px.npz": KEPT_OUT,
    "pen-25-px-pictures": KEPT_OUT,
    "pen-boxed.npz": KEPT_OUT,
    "pen-boxed-pictures": KEPT_OUT,
    "pen-coarse-and-jittery.jsonl": KEPT_OUT,
    "pen-in-corners.npz": KEPT_OUT,
    "pen-in-corners-pictures": KEPT_OUT,
    "pen-stretched.jsonl": KEPT_OUT,
    "pen-tilted.jsonl": KEPT_OUT,
    "load-digits.npz": SCANNED,
}


@pytest.fixture(scope="module")
def written() -> list[LabelledDrawing]:
    """As many digits as the writers kept out wrote."""
    rng = default_rng(1)
    drawn = (styled_digit(rng) for _ in range(KEPT_OUT))
    return [LabelledDrawing(drawing=drawing, label=label) for drawing, label in drawn]


@pytest.fixture(scope="module")
def tool(written: list[LabelledDrawing]) -> ModuleType:
    """The script, with `written` in place of the data set, whose own checksum no other file has."""
    spec = importlib.util.spec_from_file_location("make_test_sets", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    vars(module)["writers_kept_out"] = lambda _: written
    return module


@pytest.fixture(scope="module")
def sets(tool: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "sets"
    tool.write_all(folder, folder.parent, tool.SEED)
    assert {path.name for path in folder.iterdir()} == set(SETS)
    return folder


@pytest.mark.parametrize("name", SETS)
def test_evaluate_takes_every_set_with_the_labels_of_the_writers_kept_out(
    name: str, sets: Path, written: list[LabelledDrawing]
) -> None:
    labels = [subject.label for subject in open_data(sets / name, tuple("0123456789")).each]
    assert len(labels) == SETS[name]
    if SETS[name] == KEPT_OUT:
        assert sorted(labels) == sorted(entry.label or 0 for entry in written)


def test_the_plain_set_is_what_the_writers_wrote(sets: Path, written: list[LabelledDrawing]) -> None:
    assert list(read_ink_file(sets / "pen.jsonl")) == written


def test_the_same_sets_come_out_every_time(sets: Path, tool: ModuleType, tmp_path: Path) -> None:
    tool.write_all(tmp_path / "again", tmp_path, tool.SEED)
    for path in (path for path in sets.iterdir() if path.is_file()):
        if path.suffix == ".npz":
            with np.load(path) as one, np.load(tmp_path / "again" / path.name) as other:
                assert np.array_equal(one["images"], other["images"])
        else:
            assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()


def test_small_drawings_are_whole_pixels_and_25_high_or_wide(sets: Path) -> None:
    for entry in read_ink_file(sets / "pen-25-px.jsonl"):
        points = _points(entry)
        assert np.array_equal(points, np.rint(points))
        assert np.ptp(points, axis=0).max() == 25


def test_coarse_drawings_have_far_fewer_points(sets: Path) -> None:
    plain, coarse = (
        sum(len(_points(entry)) for entry in read_ink_file(sets / name))
        for name in ("pen.jsonl", "pen-coarse-and-jittery.jsonl")
    )
    assert coarse < plain / 2


def test_tilts_and_stretches_fill_their_ranges(sets: Path) -> None:
    angles: list[float] = []
    widths: list[float] = []
    for name, values in (("pen-tilted.jsonl", angles), ("pen-stretched.jsonl", widths)):
        for before, after in zip(read_ink_file(sets / "pen.jsonl"), read_ink_file(sets / name), strict=True):
            change, *_ = np.linalg.lstsq(_points(before), _points(after))
            values.append(np.degrees(np.arctan2(change[0, 1], change[0, 0])) if values is angles else change[0, 0])
    assert -20 <= min(angles) < -18
    assert 18 < max(angles) <= 20
    assert 0.6 <= min(widths) < 0.65
    assert 1.5 < max(widths) <= 1.6


def test_digits_in_corners_are_far_from_the_middle(sets: Path) -> None:
    with np.load(sets / "pen-in-corners.npz") as arrays:
        images = arrays["images"]
    middles = np.array([_middle(image) for image in images]) / images.shape[1] - 0.5
    assert (np.abs(middles).min(axis=1) > 0.15).all()
    quarters = {tuple(quarter) for quarter in np.sign(middles).tolist()}
    assert len(quarters) == 4


def test_data_that_is_not_there_is_said_in_a_sentence(tmp_path: Path) -> None:
    command = [sys.executable, str(SCRIPT), str(tmp_path / "sets"), "--data", str(tmp_path / "nowhere")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "pendigits" in done.stderr
    assert "Traceback" not in done.stderr


def _points(entry: LabelledDrawing) -> NDArray[np.float64]:
    return np.array([point for stroke in entry.drawing.strokes for point in stroke.points])


def _middle(image: NDArray[np.uint8]) -> NDArray[np.float64]:
    middle: NDArray[np.float64] = np.argwhere(image).mean(axis=0)
    return middle
