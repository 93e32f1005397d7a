"""Reads a Keras file of either kind, archive or HDF5: its configuration, and its weights once that is accepted."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import h5py

from mnist_desktop.recognition.classifier import ModelError
from mnist_desktop.recognition.importing.configuration import MAX_CONFIGURATION_BYTES, parse
from mnist_desktop.recognition.importing.weights import LAYERS, item

ZIP_START = b"PK\x03\x04"
HDF5_START = b"\x89HDF\r\n\x1a\n"

CONFIGURATION, WEIGHTS = "config.json", "model.weights.h5"
"""Members of a `.keras` file."""

MODEL_WEIGHTS = "model_weights"
"""The group of an `.h5` file with the weights of all layers."""

MAX_MEMBERS = 100
MAX_WEIGHTS_BYTES = 400_000_000
"""20 million parameters with an optimizer's two numbers for each take 240 MB in float32."""

PIECE = 1_000_000

ZIP_ERRORS = (OSError, EOFError, zipfile.BadZipFile, RuntimeError, NotImplementedError, ValueError, zlib.error)
HDF5_ERRORS = (OSError, KeyError, ValueError, TypeError, RuntimeError, AttributeError)
"""What zipfile and h5py raise of damaged files."""


def read_configuration(path: Path) -> Any:
    """The configuration in a Keras file, parsed; ModelError when there is none."""
    return _configuration_in_zip(path) if _is_zip(path) else _configuration_in_hdf5(path)


@contextmanager
def open_weights(path: Path, unpacked: Path) -> Iterator[h5py.Group]:
    """The group with the weights in a Keras file; those of an archive are unpacked to `unpacked` first."""
    if _is_zip(path):
        _unpack(path, unpacked)
        group, path = "/", unpacked
    else:
        group = MODEL_WEIGHTS
    try:
        with h5py.File(path, "r") as file:
            weights = file if group == "/" else item(file, group)
            if not isinstance(weights, h5py.Group):
                raise ModelError("there are no weights in it")
            yield weights
    except HDF5_ERRORS as error:
        raise ModelError("its weights cannot be read") from error


def _is_zip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(ZIP_START)) == ZIP_START


def _configuration_in_zip(path: Path) -> Any:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if len(names) > MAX_MEMBERS:
                raise ModelError(f"it is an archive of more than {MAX_MEMBERS} files")
            if CONFIGURATION not in names:
                raise ModelError("it is a ZIP archive, but no Keras file: there is no configuration in it")
            if len(set(names)) < len(names):
                raise ModelError("two files in its archive have the same name")
            with archive.open(CONFIGURATION) as member:
                # Whatever size it claims.
                return parse(member.read(MAX_CONFIGURATION_BYTES + 1))
    except ZIP_ERRORS as error:
        raise ModelError("it is a damaged archive") from error


def _unpack(path: Path, to: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            if WEIGHTS not in archive.namelist():
                raise ModelError("there are no weights in it")
            with archive.open(WEIGHTS) as packed, to.open("wb") as file:
                _copy(packed, file)
    except ZIP_ERRORS as error:
        raise ModelError("it is a damaged archive") from error


def _copy(packed: IO[bytes], file: IO[bytes]) -> None:
    written = 0
    while piece := packed.read(PIECE):
        written += len(piece)
        if written > MAX_WEIGHTS_BYTES:
            raise ModelError(f"its weights take more than {MAX_WEIGHTS_BYTES // 1_000_000} MB")
        file.write(piece)


def _configuration_in_hdf5(path: Path) -> Any:
    try:
        with h5py.File(path, "r") as file:
            text = file.attrs.get("model_config")
            only_weights = "layer_names" in file.attrs or any(name in file for name in LAYERS)
    except HDF5_ERRORS as error:
        raise ModelError("it is a damaged HDF5 file") from error
    if text is None and only_weights:
        raise ModelError(
            "it holds weights only, and not the network that they belong to; Keras' `model.save` writes both"
        )
    if not isinstance(text, (str, bytes)):
        raise ModelError("it is an HDF5 file, but no Keras model: there is no configuration in it")
    return parse(text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text)
