"""Turns the names of data sets into files in the folder of data sets, each taken from its home."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mnist_desktop.evaluation.data import DataError, read_idx
from mnist_desktop.ink.drawing import to_json
from mnist_desktop.training.alone import alone
from mnist_desktop.training.datasets import PEN_FILE, SCANNED_FILE, read_pen, read_scanned
from mnist_desktop.training.digests import check, digest_of_bitmaps, digest_of_drawings, digest_of_idx
from mnist_desktop.training.fetch import Patience, Remote, fetch
from mnist_desktop.training.uci import pen_strokes, scanned_digits

DOWNLOADS = ".downloads"
"""The folder, in the folder of data sets, of what is still on its way."""

DEBIAN_FASHION = Path("/usr/share/datasets/fashion-mnist")
"""Where Debian's package dataset-fashion-mnist puts the files."""

Progress = Callable[[str, int, int], None]
"""Called with what is coming, the bytes that are there, and how many there will be."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """One file of the folder of data sets, and how it comes there."""

    path: str
    """In the folder of data sets."""
    remote: Remote
    unpack: Callable[[Path, Path], None]
    """Makes the file (second) of the verified download (first); a DataError when it does not hold what it should."""
    check: Callable[[Path], object]
    """Reads the file, as training will; a DataError when it does not hold what it should."""
    installed: Path | None = None
    """Where a package of the system may have put it."""

    @property
    def key(self) -> str:
        """Its name in DIGESTS."""
        return self.path.removesuffix(".gz")

    @property
    def forms(self) -> tuple[str, ...]:
        """What it may be called in the folder of data sets, first what is looked for first: IDX unpacked, too."""
        return (self.key, self.path) if self.key.endswith("-ubyte") else (self.path,)


def ensure(
    folder: Path,
    data_sets: Collection[str],
    progress: Progress,
    *,
    sources: Mapping[str, tuple[Source, ...]] | None = None,
    patience: Patience | None = None,
) -> None:
    """Download what `folder` lacks of `data_sets` (names in SOURCES), so that `datasets` can read it there.

    What is there but damaged is thrown away. What came before an interruption is not asked for again. Raises DataError,
    whose sentence says how to go on.
    """
    for name in data_sets:
        for source in (sources or SOURCES)[name]:
            if not _is_there(source, folder):
                _provide_alone(source, folder, progress, patience)


def _is_there(source: Source, folder: Path) -> bool:
    """Whether `folder` holds the file as it should be; what is of that name and is not gives way."""
    for path in (folder / form for form in source.forms):
        if path.is_file():
            try:
                source.check(path)
            except DataError:
                path.unlink(missing_ok=True)
            else:
                return True
    return False


def _provide_alone(source: Source, folder: Path, progress: Progress, patience: Patience | None) -> None:
    """`_provide`, unless another process does so first."""
    remote, download = source.remote, _download_of(source, folder)

    def waiting() -> None:
        part = download.with_name(f"{download.name}.part")
        progress(remote.name, part.stat().st_size if part.exists() else 0, remote.at_most)

    try:
        download.parent.mkdir(parents=True, exist_ok=True)
        with alone(download.with_name(f"{download.name}.whole.lock"), waiting):
            if not _is_there(source, folder):
                _provide(source, folder, progress, patience)
    except OSError as error:
        raise DataError(f"{remote.name} cannot be written to {folder} ({error.strerror}).") from error


def _download_of(source: Source, folder: Path) -> Path:
    # The digest's beginning keeps files of one name, as MNIST's and Fashion-MNIST's, apart.
    return folder / DOWNLOADS / f"{source.remote.sha256[:8]}-{Path(source.path).name}"


def _provide(source: Source, folder: Path, progress: Progress, patience: Patience | None) -> None:
    target = folder / source.path
    if source.installed is not None and source.installed.is_file():
        _make(source, source.installed, target)
        return
    download = _download_of(source, folder)
    fetch(source.remote, download, lambda done, size: progress(source.remote.name, done, size), patience)
    _make(source, download, target)
    download.unlink(missing_ok=True)


def _make(source: Source, download: Path, target: Path) -> None:
    """Put what is in `download` at `target`, all of it or nothing."""
    new = target.with_name(f".{target.name}.new")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        source.unpack(download, new)
        new.replace(target)
    except OSError as error:
        raise DataError(
            f"{target} cannot be written ({error.strerror}); what was downloaded is kept, and the same command goes on."
        ) from error
    finally:
        new.unlink(missing_ok=True)


def _idx_check(key: str, dimensions: int) -> Callable[[Path], object]:
    return lambda path: check(path, key, digest_of_idx(read_idx(path, dimensions)))


def _idx_unpack(check_idx: Callable[[Path], object]) -> Callable[[Path, Path], None]:
    def unpack(download: Path, target: Path) -> None:
        check_idx(download)
        shutil.copyfile(download, target)

    return unpack


def _pen(download: Path, target: Path) -> None:
    drawings = pen_strokes(download)
    check(download, PEN.key, digest_of_drawings(drawings))
    with gzip.open(target, "wt", encoding="utf-8") as file:
        file.writelines(to_json(entry.drawing, entry.label) + "\n" for entry in drawings)


def _scanned(download: Path, target: Path) -> None:
    images, labels = scanned_digits(download)
    check(download, SCANNED.key, digest_of_bitmaps(images, labels))
    with target.open("wb") as file:
        np.savez_compressed(file, images=images, labels=labels)


def _idx_sources(
    data_set: str,
    folder: str,
    homes: tuple[str, ...],
    files: tuple[tuple[str, str, int], ...],
    installed: Path | None = None,
) -> tuple[Source, ...]:
    """The IDX files of a data set, each of `files` a name, the sha256 of the packed file, and its bytes."""

    def source(file: str, sha256: str, size: int) -> Source:
        check_idx = _idx_check(f"{folder}/{file}", 3 if "images" in file else 1)
        return Source(
            path=f"{folder}/{file}.gz",
            remote=Remote(
                name=f"{data_set} ({file})",
                addresses=tuple(f"{home}/{file}.gz" for home in homes),
                sha256=sha256,
                at_most=size,
            ),
            unpack=_idx_unpack(check_idx),
            check=check_idx,
            installed=None if installed is None else installed / f"{file}.gz",
        )

    return tuple(source(*file) for file in files)


PEN = Source(
    path=PEN_FILE,
    remote=Remote(
        name="Pen-Based Recognition of Handwritten Digits",
        addresses=("https://archive.ics.uci.edu/static/public/81/pen+based+recognition+of+handwritten+digits.zip",),
        sha256="1e02bea023613c2b11c9492f6f34caf975420455934f3527d270cee9a1f03b64",
        at_most=1_668_118,
    ),
    unpack=_pen,
    check=read_pen,
)

SCANNED = Source(
    path=SCANNED_FILE,
    remote=Remote(
        name="Optical Recognition of Handwritten Digits",
        addresses=("https://archive.ics.uci.edu/static/public/80/optical+recognition+of+handwritten+digits.zip",),
        sha256="0d7b054fea010270e9b3f06411c654c5e59547732ad626381980baffe0a23fb0",
        # Its length is not published; it is below this.
        at_most=2_097_152,
    ),
    unpack=_scanned,
    check=read_scanned,
)

MNIST_HOMES = ("https://storage.googleapis.com/cvdf-datasets/mnist", "https://ossci-datasets.s3.amazonaws.com/mnist")
"""The two places that the makers of TensorFlow and of PyTorch keep, byte for byte what was at yann.lecun.com."""

FASHION_HOMES = (
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion",
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets",
)
"""The authors' own repository, and the place that Keras keeps; the authors' other address knows no https."""

SOURCES: Mapping[str, tuple[Source, ...]] = {
    "mnist": _idx_sources(
        "MNIST",
        "mnist",
        MNIST_HOMES,
        (
            ("train-images-idx3-ubyte", "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609", 9_912_422),
            ("train-labels-idx1-ubyte", "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c", 28_881),
            ("t10k-images-idx3-ubyte", "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6", 1_648_877),
            ("t10k-labels-idx1-ubyte", "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6", 4_542),
        ),
    ),
    "pen": (PEN,),
    "scanned": (SCANNED,),
    "fashion": _idx_sources(
        "Fashion-MNIST",
        "fashion-mnist",
        FASHION_HOMES,
        (
            ("train-images-idx3-ubyte", "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84", 26_421_880),
            ("train-labels-idx1-ubyte", "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845", 29_515),
            ("t10k-images-idx3-ubyte", "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073", 4_422_102),
            ("t10k-labels-idx1-ubyte", "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5", 5_148),
        ),
        DEBIAN_FASHION,
    ),
}
"""What each data set consists of. The checksums are those that TensorFlow Datasets, and of UCI's archives several
public projects, have published."""
