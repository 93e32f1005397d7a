"""Model folders: found by name or path, and refused when a file is not the one that the card vouches for."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest

from mnist_desktop.paths import shipped
from mnist_desktop.recognition.classifier import ModelError
from mnist_desktop.recognition.models import (
    CARD,
    KERAS_FILE,
    LITERT_FILE,
    Model,
    find_model,
    list_models,
    load_model,
    look_at_models,
)


def edit(folder: Path, **changes: Any) -> None:
    card = json.loads((folder / CARD).read_text("utf-8"))
    card.update(changes)
    (folder / CARD).write_text(json.dumps({key: value for key, value in card.items() if value is not None}), "utf-8")


def test_the_shipped_model_says_how_it_was_made(model: Model) -> None:
    details = model.card.details
    assert model.card.labels == tuple("0123456789")
    assert str(details["training"]["seed"]) in details["training"]["command"]
    assert details["runs"][-1]["validation"] == details["validation"]
    assert {data["name"] for data in details["training"]["data"]} >= {"MNIST"}
    assert all(data["license"] for data in details["training"]["data"])


@pytest.mark.parametrize("file", [LITERT_FILE, KERAS_FILE])
def test_a_changed_byte_is_noticed(copied_model: Path, file: str) -> None:
    content = bytearray((copied_model / file).read_bytes())
    content[len(content) // 2] ^= 1
    (copied_model / file).write_bytes(content)
    with pytest.raises(ModelError, match=f"damaged: {file}"):
        load_model(copied_model)


def test_a_missing_file_is_noticed(copied_model: Path) -> None:
    (copied_model / KERAS_FILE).unlink()
    with pytest.raises(ModelError, match="incomplete"):
        load_model(copied_model)


@pytest.mark.parametrize(
    "changes",
    [
        {"labels": ["one"]},
        {"labels": [1, 2]},
        {"labels": 7},
        {"labels": "0123456789"},
        {"labels": ["one", ""]},
        {"labels": ["one", "two\nlines"]},
        {"name": 7},
        {"input": "colour"},
        {"preparation": 3},
        {"unsure_below": "often"},
        {"unsure_below": float("nan")},
        {"sha256": {}},
        {"sha256": {"../../elsewhere": "00"}},
        {"sha256": {LITERT_FILE: "00"}},
        {"sha256": [1]},
    ],
)
def test_a_card_that_describes_no_model_gets_one_sentence(copied_model: Path, changes: dict[str, Any]) -> None:
    edit(copied_model, **changes)
    with pytest.raises(ModelError, match=r"does not describe a model: (its|it does) [^\n]+\.$"):
        load_model(copied_model)


@pytest.mark.parametrize("missing", ["name", "labels", "input", "preparation", "unsure_below", "sha256"])
def test_a_card_that_lacks_something_says_what(copied_model: Path, missing: str) -> None:
    card = json.loads((copied_model / CARD).read_text("utf-8"))
    del card[missing]
    (copied_model / CARD).write_text(json.dumps(card), "utf-8")
    with pytest.raises(ModelError, match=f"does not describe a model: it has no {missing}\\.$"):
        load_model(copied_model)


@pytest.mark.parametrize("content", ["[]", "7", "null", '"name"'])
def test_a_card_that_is_other_json_gets_one_sentence(copied_model: Path, content: str) -> None:
    (copied_model / CARD).write_text(content, "utf-8")
    with pytest.raises(ModelError, match=r"does not describe a model: it is no JSON object\.$"):
        load_model(copied_model)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 100_000])
def test_a_card_that_is_no_json_gets_one_sentence(copied_model: Path, content: bytes) -> None:
    (copied_model / CARD).write_bytes(content)
    with pytest.raises(ModelError, match="cannot be read"):
        load_model(copied_model)


def test_a_model_is_found_by_name_or_by_folder(copied_model: Path) -> None:
    search = (copied_model.parent, shipped("model"))
    assert find_model("copy", search).folder == copied_model
    assert find_model("digits", search).folder == shipped("model") / "digits"
    assert find_model(str(copied_model), ()).folder == copied_model


def test_an_unknown_model_names_those_there_are(copied_model: Path) -> None:
    with pytest.raises(ModelError, match=r"no model “nothing” \(there are: copy, digits, .*softmax\)"):
        find_model("nothing", (copied_model.parent, shipped("model")))


def test_a_list_leaves_out_what_is_damaged(copied_model: Path) -> None:
    search = (copied_model.parent, shipped("model"))
    ours = [model.folder.name for model in list_models([shipped("model")])]
    assert [model.folder.name for model in list_models(search)] == sorted(["copy", *ours])
    (copied_model / LITERT_FILE).write_bytes(b"rubbish")
    assert [model.folder.name for model in list_models(search)] == ours


def test_looking_at_models_tells_why_one_cannot_be_used(copied_model: Path) -> None:
    (copied_model / LITERT_FILE).write_bytes(b"rubbish")
    found = dict(look_at_models((copied_model.parent, shipped("model"))))
    copy, digits = found["copy"], found["digits"]
    assert copy.model is None
    assert copy.why_not is not None
    assert "is damaged" in copy.why_not
    assert digits.model is not None
    assert digits.why_not is None
    assert digits.size == digits.model.litert_file.stat().st_size


def test_of_two_models_of_one_name_the_one_that_would_be_used_is_looked_at(copied_model: Path) -> None:
    search = (copied_model.parent, shipped("model"))
    copied_model.rename(copied_model.with_name("digits"))
    digits = dict(look_at_models(search))["digits"]
    assert digits.folder == find_model("digits", search).folder == copied_model.with_name("digits")


def test_a_folder_elsewhere_that_is_in_use_is_looked_at_too(copied_model: Path) -> None:
    names = [name for name, _ in look_at_models([shipped("model")])]
    with_copy = look_at_models([shipped("model")], str(copied_model))
    assert [name for name, _ in with_copy] == [*names, str(copied_model)]
    assert with_copy[-1][1].folder == copied_model
    assert look_at_models([shipped("model")], "digits") == with_copy[:-1]
    assert look_at_models([shipped("model")], "nowhere") == with_copy[:-1]


@pytest.mark.parametrize("file", [LITERT_FILE, KERAS_FILE])
def test_a_pipe_in_a_files_place_is_not_waited_for(copied_model: Path, file: str) -> None:
    (copied_model / file).unlink()
    os.mkfifo(copied_model / file)
    with pytest.raises(ModelError, match="incomplete"):
        load_model(copied_model)


def test_a_name_too_long_for_a_file_is_that_of_no_model() -> None:
    with pytest.raises(ModelError, match="no model"):
        find_model("x" * 5_000, (shipped("model"),))


@pytest.mark.parametrize("name", ["nothing", "digits"])
def test_a_folder_that_may_not_be_looked_into_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    real = Path.stat

    def stat(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        # What the system answers anybody but root, whom the tests may run as.
        if path.is_relative_to(tmp_path):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return real(path, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(Path, "stat", stat)
    (tmp_path / name).mkdir()
    assert find_model("digits", (tmp_path, shipped("model"))).folder == shipped("model") / "digits"


@pytest.mark.skipif(os.name != "posix", reason="there one may not make links")
def test_a_models_folder_that_is_a_link_to_itself_is_passed_over(copied_model: Path, tmp_path: Path) -> None:
    search = [tmp_path / "round", copied_model.parent]
    search[0].symlink_to(search[0])
    assert not find_model("copy", search).stranger
    assert [model.folder for model in list_models(search)] == [copied_model]
