"""`predict` as a person or a script uses it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from full_disk import full_disk
from PIL import Image

from mnist_desktop.cli import main
from mnist_desktop.ink.drawing import from_json
from mnist_desktop.paths import shipped

SEVEN = '{"strokes": [[[0, 0], [50, 0], [20, 80]]], "label": 7}'


@pytest.fixture
def seven(tmp_path: Path) -> Path:
    file = tmp_path / "seven.json"
    file.write_text(SEVEN)
    return file


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_drawing_and_a_picture_are_read_a_line_each(seven: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = shipped("resources") / "pictures" / "4_on_paper.jpg"
    assert main(["predict", "--json", str(seven), str(picture)]) == 0
    drawn, opened = lines(capsys)
    assert set(drawn) == {
        "file", "index", "digit_index", "box", "text", "verdict", "digit", "label", "confidence", "probabilities",
        "id", "ms",
    }  # fmt: skip
    assert (drawn["file"], drawn["digit"], drawn["label"], drawn["verdict"]) == (str(seven), 7, "7", "digit")
    assert (opened["digit"], opened["verdict"]) == (4, "digit")
    assert sum(drawn["probabilities"]) == pytest.approx(1, abs=1e-5)
    assert drawn["id"] != opened["id"]


def test_a_printed_line_is_a_committed_record(seven: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["predict", "--json", str(seven)]) == 0
    (line,) = lines(capsys)
    assert main(["history", "list", "--json"]) == 0
    (record,) = lines(capsys)
    assert record["id"] == line["id"]
    assert (record["name"], record["source"], record["digit"]) == ("seven.json", "file", 7)
    assert record["delivered"] is False


def test_no_log_leaves_no_record(seven: Path, capsys: pytest.CaptureFixture[str], home: Path) -> None:
    assert main(["predict", "--json", "--no-log", str(seven)]) == 0
    assert lines(capsys)[0]["id"] is None
    assert not (home / "journal.sqlite").exists()


def test_many_drawings_in_one_file_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "many.jsonl"
    file.write_text("\n".join([SEVEN] * 150))
    assert main(["predict", "--json", str(file)]) == 0
    found = lines(capsys)
    assert [line["index"] for line in found] == list(range(150))
    assert len({line["id"] for line in found}) == 150


def test_blank_is_said_and_not_logged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Image.new("RGB", (300, 200), "white").save(tmp_path / "white.png")
    assert main(["predict", "--json", str(tmp_path / "white.png")]) == 0
    (line,) = lines(capsys)
    assert (line["verdict"], line["digit"], line["label"], line["confidence"], line["id"]) == (
        "blank", None, None, 0, None
    )  # fmt: skip
    assert main(["history", "list", "--json"]) == 0
    assert lines(capsys) == []


def test_what_cannot_be_read_is_a_line_and_the_rest_is_read(
    tmp_path: Path, seven: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "bad.json").write_text("{")
    (tmp_path / "empty").mkdir()
    bad = [str(tmp_path / name) for name in ("text.png", "empty.jpg", "bad.json", "missing.png", "empty")]
    assert main(["predict", "--json", *bad, str(seven)]) == 1
    captured = capsys.readouterr()
    found = [json.loads(line) for line in captured.out.splitlines()]
    assert [line["file"] for line in found] == [*bad, str(seven)]
    assert all(set(line) == {"file", "error"} for line in found[:-1])
    assert found[-1]["digit"] == 7
    complaints = captured.err.splitlines()
    assert len(complaints) == len(bad)
    assert all(line.startswith("mnist-desktop: ") for line in complaints)


def test_a_reading_that_cannot_be_kept_is_not_printed(
    seven: Path, capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    (home / "journal.sqlite").mkdir()
    assert main(["predict", str(seven)]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert "could not be saved" in captured.err


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--model", "nothing"], "no model “nothing”"),
        (["other.json", "--explain", "a.png"], "takes one FILE"),
    ],
)
def test_what_cannot_begin_says_why(
    seven: Path, capsys: pytest.CaptureFixture[str], words: list[str], complaint: str
) -> None:
    assert main(["predict", str(seven), *words]) in (1, 2)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert complaint in captured.err
    assert "Traceback" not in captured.err


def test_verbose_adds_the_traceback(seven: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["predict", str(seven), "--model", "nothing", "--verbose"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_a_wrong_setting_is_a_usage_error(
    seven: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MNIST_DESKTOP_KEEP", "many")
    assert main(["predict", str(seven)]) == 2
    assert "MNIST_DESKTOP_KEEP" in capsys.readouterr().err


def test_explain_does_not_write_over_what_it_reads(seven: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = seven.read_bytes()
    assert main(["predict", "--no-log", "--explain", str(seven.parent / "." / seven.name), str(seven)]) == 2
    assert "would write over" in capsys.readouterr().err
    assert seven.read_bytes() == before


def test_explain_writes_a_picture_of_what_decided(tmp_path: Path, seven: Path) -> None:
    png = tmp_path / "why.png"
    assert main(["predict", "--no-log", "--explain", str(png), str(seven)]) == 0
    with Image.open(png) as image:
        red, _, blue = np.moveaxis(np.asarray(image.convert("RGB"), dtype=int), -1, 0)
    assert (red > blue + 50).any()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("blank.json", '{"strokes": []}'),
        ("broken.json", "rubbish"),
        ("blank.jsonl", '{"strokes": []}\n{"strokes": [[[0, 0], [9, 9]]]}'),
    ],
)
def test_where_nothing_was_read_there_is_nothing_to_explain(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: str
) -> None:
    file, png = tmp_path / name, tmp_path / "why.png"
    file.write_text(content)
    assert main(["predict", "--no-log", "--explain", str(png), str(file)]) == 1
    assert "why.png was not written" in capsys.readouterr().err
    assert not png.exists()


def test_an_explanation_that_cannot_be_written_keeps_nothing_else_from_being_read(
    tmp_path: Path, seven: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    many = tmp_path / "many.jsonl"
    many.write_text(f"{seven.read_text().strip()}\n" * 100)
    assert main(["predict", "--explain", str(tmp_path / "missing" / "why.png"), str(many)]) == 1
    captured = capsys.readouterr()
    assert len(captured.out.splitlines()) == 100
    assert captured.err.splitlines() == [
        f"mnist-desktop: {tmp_path / 'missing' / 'why.png'} cannot be written (No such file or directory)."
    ]


def test_an_explanation_that_the_disk_has_no_room_for_leaves_the_former_one(
    tmp_path: Path, seven: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    png = tmp_path / "why.png"
    png.write_text("the former one")
    with full_disk(room=50):
        assert main(["predict", "--no-log", "--explain", str(png), str(seven)]) == 1
    assert capsys.readouterr().err == f"mnist-desktop: {png} cannot be written (File too large).\n"
    assert png.read_text() == "the former one"
    assert [one.name for one in tmp_path.glob(".*")] == []


def test_an_unsure_reading_is_explained_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, png = tmp_path / "scribble.json", tmp_path / "why.png"
    strokes = [[[x * 7 % 101, x * 31 % 97] for x in range(12)]]
    file.write_text(json.dumps({"strokes": strokes}))
    assert main(["predict", "--no-log", "--explain", str(png), str(file)]) == 0
    assert "unsure" in capsys.readouterr().out
    with Image.open(png) as image:
        assert image.size == (336, 336)


def test_the_text_line_says_what_a_person_wants(seven: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert from_json(SEVEN).label == 7
    assert main(["predict", str(seven)]) == 0
    assert capsys.readouterr().out.startswith(f"{seven}: 7 (")


def test_waiting_records_are_said_when_cassandra_refuses(
    seven: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Port 1 of this computer: nothing listens there.
    monkeypatch.setenv("MNIST_DESKTOP_CASSANDRA", "127.0.0.1:1")
    assert main(["predict", str(seven), "--wait", "3"]) == 0
    captured = capsys.readouterr()
    assert ": 7 (" in captured.out
    assert "1 record waits for Cassandra" in captured.err


NUMBER = '{"strokes": [[[0, 0], [50, 0], [20, 80]], [[90, 0], [90, 80]], [[130, 0], [180, 0], [150, 80]]]}'


@pytest.fixture
def number(tmp_path: Path) -> Path:
    file = tmp_path / "number.json"
    file.write_text(NUMBER)
    return file


def test_a_number_is_a_line_for_each_digit(number: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["predict", "--json", str(number)]) == 0
    found = lines(capsys)
    assert [(line["digit"], line["digit_index"], line["index"], line["text"]) for line in found] == [
        (7, 0, 0, "717"), (1, 1, 0, "717"), (7, 2, 0, "717")
    ]  # fmt: skip
    assert [line["box"] for line in found] == [[0, 0, 50, 80], [90, 0, 0, 80], [130, 0, 50, 80]]
    assert len({line["id"] for line in found}) == 3
    assert main(["predict", "--no-log", str(number)]) == 0
    first, *_ = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{number} (1 of 717): 7 (")


def test_single_takes_a_number_for_one_digit(number: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["predict", "--json", "--no-log", "--single", str(number)]) == 0
    (line,) = lines(capsys)
    assert (line["digit_index"], line["box"]) == (0, [0, 0, 180, 80])
    assert line["verdict"] == "unsure"


def test_one_digit_reads_the_same_with_and_without_single(seven: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = str(shipped("resources") / "pictures" / "4_on_paper.jpg")
    assert main(["predict", "--json", "--no-log", str(seven), picture]) == 0
    divided = lines(capsys)
    assert main(["predict", "--json", "--no-log", "--single", str(seven), picture]) == 0
    for one, other in zip(divided, lines(capsys), strict=True):
        assert {**one, "ms": 0} == {**other, "ms": 0}


def test_a_digit_of_a_number_can_be_explained(number: Path, tmp_path: Path, seven: Path) -> None:
    """The first one, which here is the same digit as is drawn alone."""
    assert main(["predict", "--no-log", "--explain", str(tmp_path / "number.png"), str(number)]) == 0
    assert main(["predict", "--no-log", "--explain", str(tmp_path / "seven.png"), str(seven)]) == 0
    assert (tmp_path / "number.png").read_bytes() == (tmp_path / "seven.png").read_bytes()
