"""`train --corrections`: what was corrected in the log is learned, and what cannot be is named."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from sample_records import make_record

from mnist_desktop.cli import main
from mnist_desktop.commands import train_corrections
from mnist_desktop.commands.train_corrections import gather
from mnist_desktop.evaluation.data import Subject
from mnist_desktop.ink.drawing import Drawing, Stroke
from mnist_desktop.ink.glyph import Glyph
from mnist_desktop.log.log import Log, LogOptions
from mnist_desktop.log.record import Record, Source
from mnist_desktop.paths import shipped
from mnist_desktop.recording import pack_ink

LABELS = tuple("0123456789")

DRAWING = Drawing(strokes=(Stroke(points=((0.0, 0.0), (50.0, 0.0), (20.0, 80.0))),))

GLYPH = Glyph(levels=np.eye(28, dtype=np.uint8) * np.uint8(255))


def corrected(label: str, **fields: object) -> Record:
    return make_record(
        datetime.now(UTC), corrected=label, **{"ink": pack_ink(DRAWING), "glyph": GLYPH.to_png(), **fields}
    )


def save(home: Path, *records: Record) -> None:
    log = Log(LogOptions(journal=home / "journal.sqlite", hosts=()))
    assert log.save_all(records)
    log.close()


def test_ink_is_learned_from_where_there_is_ink_and_the_glyph_where_there_is_none() -> None:
    found = gather(
        [
            corrected("7"),
            corrected("1", ink=None, source=Source.FILE),
            corrected("2", ink=b"damaged"),
            corrected("3", ink=pack_ink(Drawing())),
            # One digit of a number: its ink may be that of the whole number.
            corrected("4", drawing=make_record().id, position=1),
        ],
        LABELS,
    )
    contents = [each.content for each in found.subjects]
    assert [each.label for each in found.subjects] == [7, 1, 2, 3, 4]
    assert contents[0] == DRAWING
    for content in contents[1:]:
        assert isinstance(content, np.ndarray)
        assert np.array_equal(content, np.eye(28, dtype=np.float32))
    assert not found.unknown
    assert found.empty == 0


def test_what_cannot_be_learned_from_is_counted() -> None:
    blank = Glyph(levels=np.zeros((28, 28), np.uint8)).to_png()
    found = gather(
        [
            corrected("Ankle boot"),
            corrected("Ankle boot"),
            corrected("07"),
            corrected("7", ink=None, glyph=b""),
            corrected("7", ink=None, glyph=blank),
            corrected("7", ink=b"", glyph=b"\x89PNG"),
        ],
        LABELS,
    )
    assert found.subjects == []
    assert found.unknown == {"Ankle boot": 2, "07": 1}
    assert found.empty == 3


def test_without_corrected_readings_it_is_one_sentence(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(home, make_record(), corrected(""))
    assert main(["train", "--corrections", "--data", str(tmp_path)]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert "no corrected readings" in captured.err


def test_labels_that_the_model_has_not_are_named(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(home, corrected("boot\n"), corrected("7", ink=None, glyph=b"nothing"))
    assert main(["train", "--corrections", "--data", str(tmp_path)]) == 1
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 3
    assert "1 corrected to labels that the model has not" in said[0]
    assert "“boot\\n”" in said[0]
    assert "1 corrected without ink or glyph" in said[1]


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        (["--corrections", "--epochs", "2"], 2, "--corrections takes none"),
        (["--corrections", "--network", "mlp"], 2, "--corrections takes none"),
        (["--corrections", "--model", "nothing"], 1, "no model “nothing”"),
        (["--corrections", "--out", "."], 2, "ends in none that can be shown"),
        ([], 2, "needs --out"),
        (["--out", "new", "--model", "digits"], 2, "takes no --model"),
    ],
)
def test_words_that_do_not_go_together_are_refused(
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    code: int,
    complaint: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other").write_text("kept")
    assert main(["train", *words]) == code
    assert complaint in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["other"]


def test_data_that_are_missing_are_named_and_nothing_is_written(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(home, corrected("4"))
    assert main(["train", "--corrections", "--data", str(tmp_path)]) == 1
    assert "train-images-idx3-ubyte" in capsys.readouterr().err
    assert not list((home / "models").iterdir())


def test_what_the_commands_correct_is_what_is_learned_from(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    drawings = sorted((shipped("resources") / "drawings").glob("*.json"))[:4]
    assert main(["predict", "--json", *map(str, drawings)]) == 0
    ids = [json.loads(line)["id"] for line in capsys.readouterr().out.splitlines()]
    for record_id, label in zip(ids, "9876", strict=True):
        assert main(["history", "correct", record_id, label]) == 0
    assert main(["history", "correct", ids[2], "--undo"]) == 0
    assert main(["history", "delete", ids[3]]) == 0
    learned: list[Sequence[Subject]] = []

    def gathered(records: Iterable[Record], labels: Sequence[str]) -> train_corrections.Corrections:
        found = gather(records, labels)
        learned.append(found.subjects)
        return found

    monkeypatch.setattr(train_corrections, "gather", gathered)
    # The folder holds no data sets: it ends when it has gathered.
    assert main(["train", "--corrections", "--data", str(tmp_path)]) == 1
    assert "train-images-idx3-ubyte" in capsys.readouterr().err
    assert [each.label for each in learned[0]] == [8, 9]
    assert all(isinstance(each.content, Drawing) for each in learned[0])
