"""A file that is no Keras model is refused by what it is, and whatever it holds, nothing of it is run."""

from __future__ import annotations

import json
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from strangers import linear, random_weights, write_h5, write_keras

from mnist_desktop.paths import shipped
from mnist_desktop.recognition.classifier import ModelError
from mnist_desktop.recognition.importing.acceptance import accept

# TensorFlow starts anew for each file that is converted, on a machine that may have other things to do.
pytestmark = pytest.mark.timeout(900)


class Evil:
    def __reduce__(self) -> Any:
        return os.system, ("touch /tmp/owned",)


def a_pickle(file: Path) -> None:
    file.write_bytes(pickle.dumps(Evil()))


def a_zip(file: Path) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("letter.txt", "a letter")


def a_torn_zip(file: Path) -> None:
    write_keras(file, linear(), {"dense": random_weights((784, 10), (10,))})
    file.write_bytes(file.read_bytes()[:-30])


def a_torn_h5(file: Path) -> None:
    write_h5(file, linear(), {"dense": {"dense/kernel:0": np.zeros((784, 10), np.float32)}})
    file.write_bytes(file.read_bytes()[:900])


def rubbish_after_the_signature(file: Path) -> None:
    file.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(range(256)) * 40)


def only_weights(file: Path) -> None:
    write_h5(file, None, {"dense": {"dense/kernel:0": np.zeros((784, 10), np.float32)}})


def newer_weights(file: Path) -> None:
    with h5py.File(file, "w") as store:
        store["layers/dense/vars/0"] = np.zeros((784, 10), np.float32)


def a_table(file: Path) -> None:
    with h5py.File(file, "w") as store:
        store["table"] = np.zeros(5)


def a_bomb(file: Path) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", b" " * 20_000_000)


def a_bomb_of_weights(file: Path) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", json.dumps(linear()))
        with archive.open("model.weights.h5", "w") as member:
            for _ in range(10):
                member.write(bytes(1_000_000))


def an_encrypted_zip(file: Path) -> None:
    write_keras(file, linear(), {})
    content = bytearray(file.read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = -1
        while (place := content.find(mark, place + 1)) >= 0:
            content[place + at] |= 1
    file.write_bytes(content)


def many_files(file: Path) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(1_000):
            archive.writestr(f"{number}.json", "{}")


def nothing(file: Path) -> None:
    file.touch()


def a_folder(file: Path) -> None:
    file.mkdir()


def a_saved_model(file: Path) -> None:
    file.mkdir()
    (file / "saved_model.pb").touch()


def a_pipe(file: Path) -> None:
    os.mkfifo(file)


def a_device(file: Path) -> None:
    file.symlink_to("/dev/zero")


def a_litert_file(file: Path) -> None:
    file.symlink_to(shipped("model") / "digits" / "model.tflite")


def not_there(file: Path) -> None:
    """Nothing is made."""


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (a_pickle, "a pickle, which runs code"),
        (a_torn_h5, "damaged HDF5 file"),
        (nothing, "empty"),
        (a_folder, "a folder"),
        (a_saved_model, "SavedModel"),
        (a_pipe, "no regular file"),
        (a_device, "no regular file"),
        (a_litert_file, "a LiteRT file"),
        (not_there, "no such file"),
    ],
)
def test_what_is_no_keras_file_is_refused_by_what_it_is(
    tmp_path: Path, refusal: Callable[..., str], make: Callable[[Path], None], why: str
) -> None:
    # Content decides, whatever the name says.
    file = tmp_path / "x.h5"
    make(file)
    assert why in refusal(file)
    assert not Path("/tmp/owned").exists()


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (a_zip, "no Keras file"),
        (a_torn_zip, "damaged archive"),
        (an_encrypted_zip, "damaged archive"),
        (rubbish_after_the_signature, "damaged HDF5 file"),
        (only_weights, "it holds weights only"),
        (newer_weights, "it holds weights only"),
        (a_table, "no Keras model"),
        (a_bomb, "larger than 4 MB"),
        (a_bomb_of_weights, "its weights take more than"),
        (many_files, "more than 100 files"),
    ],
)
def test_an_archive_or_hdf5_file_that_is_no_model_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], None], why: str
) -> None:
    monkeypatch.setattr("mnist_desktop.recognition.importing.keras_file.MAX_WEIGHTS_BYTES", 3_000_000)
    file = tmp_path / "x.h5"
    make(file)
    with pytest.raises(ModelError, match=why):
        accept(file, tmp_path / "unpacked", None)
