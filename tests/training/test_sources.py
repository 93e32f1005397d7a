"""What comes from a home becomes the folder of data sets, or one sentence."""

from __future__ import annotations

import gzip
import hashlib
import shutil
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from filelock import FileLock

from mnist_desktop.evaluation.data import DataError, open_data, read_idx, read_npz
from mnist_desktop.ink.drawing import Drawing, LabelledDrawing, Stroke, read_ink_file
from mnist_desktop.training.card import DIGIT_LABELS
from mnist_desktop.training.datasets import read_pen
from mnist_desktop.training.digests import DIGESTS, digest_of_bitmaps, digest_of_drawings, digest_of_idx
from mnist_desktop.training.fetch import Patience, Remote
from mnist_desktop.training.sources import DOWNLOADS, PEN, SCANNED, SOURCES, Source, ensure
from mnist_desktop.training.uci import PEN_MEMBER, SCANNED_MEMBER, pen_strokes, scanned_digits

UNIPEN = """.INCLUDE dene.doc
.LEXICON "0" "1" "2" "3" "4" "5" "6" "7" "8" "9"
.HIERARCHY DIGIT

.SEGMENT DIGIT 0 ? "1"
.COMMENT  1  1  10
.PEN_DOWN
   100   400
   100   400
   110   100
.PEN_UP
.DT 100

.SEGMENT DIGIT 1-2 ? "4"
.COMMENT  4  1  11
.PEN_DOWN
   10   20
   30   20
.PEN_UP
.DT 100
.PEN_DOWN
   20   40
   20   10
.PEN_UP
.DT 100
"""

HASTE = Patience(silence=5, attempts=1, pause=0)


CLEAR, LITERALS = 256, 247
"""The code that makes compress(1) begin its table anew, given so often that every code keeps its nine bits."""


def compressed(text: str) -> bytes:
    """`text` as compress(1) packs it, but every code stands for one byte: valid, only not small."""
    blocks = (text.encode()[start : start + LITERALS] for start in range(0, len(text), LITERALS))
    codes = np.concatenate([[*block, *[CLEAR] * (len(block) == LITERALS)] for block in blocks])
    bits = codes[:, np.newaxis] >> np.arange(9) & 1
    return b"\x1f\x9d\x90" + np.packbits(bits.astype(np.uint8), bitorder="little").tobytes()


def bitmap_text(images: np.ndarray[Any, np.dtype[np.uint8]], labels: list[int]) -> str:
    """A text as optdigits-orig has it, of images n×32×32 of 0 and 255."""
    lines = ["32x32 digits", "", "ntot = 2"]
    for image, label in zip(images, labels, strict=True):
        lines += ["".join("01"[int(pixel > 0)] for pixel in row) for row in image] + [f" {label}"]
    return "\n".join(lines) + "\n"


def archive(path: Path, member: str, text: str) -> Path:
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr(member, compressed(text))
    return path


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Path, str, list[str]]]:
    """A folder, the address at which a server shows it, and what is asked there."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    folder = tmp_path / "served"
    folder.mkdir()
    asked: list[str] = []

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *arguments: Any) -> None:
            asked.append(self.path)

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder))) as listening:
        thread = Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield folder, f"http://127.0.0.1:{listening.server_port}", asked
        listening.shutdown()
        thread.join()


def at(source: Source, file: Path, address: str) -> Source:
    """`source`, as if `file`, served at `address`, were its home."""
    content = file.read_bytes()
    remote = Remote(
        name=source.remote.name,
        addresses=(f"{address}/{file.name}",),
        sha256=hashlib.sha256(content).hexdigest(),
        at_most=len(content),
    )
    return Source(path=source.path, remote=remote, unpack=source.unpack, check=source.check)


def seen(what: str, done: int, size: int) -> None:
    """A progress that nobody looks at."""


def test_every_home_is_asked_over_https_and_every_file_has_its_checksums() -> None:
    for sources in SOURCES.values():
        for source in sources:
            assert {urlsplit(address).scheme for address in source.remote.addresses} == {"https"}
            assert len(bytes.fromhex(source.remote.sha256)) == 32
            assert len(bytes.fromhex(DIGESTS[source.key])) == 32
    assert {source.key for sources in SOURCES.values() for source in sources} == set(DIGESTS)


def test_unipen_becomes_strokes_with_y_downwards(tmp_path: Path) -> None:
    one, four = pen_strokes(archive(tmp_path / "pen.zip", PEN_MEMBER, UNIPEN))
    assert (one.label, four.label) == (1, 4)
    assert one.drawing.strokes == (Stroke(points=((100, 100), (100, 100), (110, 400))),)
    assert four.drawing.strokes == (Stroke(points=((10, 480), (30, 480))), Stroke(points=((20, 460), (20, 490))))


def test_the_real_strokes_come_back_from_unipen(data: Path, tmp_path: Path) -> None:
    """The known file, written as the tablet counted, unpacks to the digest that the real archive must have."""
    lines: list[str] = []
    for number, entry in enumerate(read_ink_file(data / PEN.path)):
        lines.append(f'.SEGMENT DIGIT {number} ? "{entry.label}"')
        for stroke in entry.drawing.strokes:
            points = (f"  {x:.0f}   {500 - y:.0f}" for x, y in stroke.points)
            lines += [".PEN_DOWN", *points, ".PEN_UP", ".DT 100"]
    drawings = pen_strokes(archive(tmp_path / "pen.zip", PEN_MEMBER, "\n".join(lines)))
    assert len(drawings) == 7494
    assert digest_of_drawings(drawings) == DIGESTS[PEN.key]


def test_the_real_bitmaps_come_back_from_zeros_and_ones(data: Path, tmp_path: Path) -> None:
    images, labels = read_npz(data / SCANNED.path)
    text = bitmap_text(images, labels.tolist())
    assert digest_of_bitmaps(*scanned_digits(archive(tmp_path / "a.zip", SCANNED_MEMBER, text))) == DIGESTS[SCANNED.key]


def test_an_archive_that_holds_something_else_is_one_sentence(tmp_path: Path) -> None:
    wrong = archive(tmp_path / "wrong.zip", "readme.txt", "hello")
    for unpack in (pen_strokes, scanned_digits):
        with pytest.raises(DataError, match=r"orig\.tra\.Z in .*wrong\.zip cannot be unpacked"):
            unpack(wrong)
    (tmp_path / "page.zip").write_text("<html>sign in first</html>")
    with pytest.raises(DataError, match="cannot be unpacked"):
        pen_strokes(tmp_path / "page.zip")


@pytest.mark.parametrize(
    ("read", "member", "text"),
    [
        (pen_strokes, PEN_MEMBER, UNIPEN.replace('"4"', "four")),
        (pen_strokes, PEN_MEMBER, UNIPEN.replace("   30   20", "   30   x")),
        (scanned_digits, SCANNED_MEMBER, "0" * 32 + "\n 5\n"),
        (scanned_digits, SCANNED_MEMBER, "nothing\n"),
    ],
)
def test_a_damaged_text_is_one_sentence(tmp_path: Path, read: Callable[[Path], object], member: str, text: str) -> None:
    with pytest.raises(DataError, match=member):
        read(archive(tmp_path / "damaged.zip", member, text))


def test_without_gzip_the_sentence_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DataError, match="gzip, which unpacks this data set, is not installed"):
        pen_strokes(archive(tmp_path / "pen.zip", PEN_MEMBER, UNIPEN))


def test_where_in_its_box_a_digit_was_written_does_not_count() -> None:
    def digest(x: float, y: float, label: int = 1) -> str:
        stroke = Stroke(points=((x, y), (x + 3, y + 40)))
        return digest_of_drawings([LabelledDrawing(drawing=Drawing(strokes=(stroke,)), label=label)])

    assert digest(10, 20) == digest(0, 0)
    assert digest(10, 20) != digest(10, 20, label=7)


def test_downloads_become_the_folder_that_is_read(
    served: tuple[Path, str, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served_folder, address, asked = served
    monkeypatch.setattr("mnist_desktop.training.digests.DIGESTS", {})
    images = np.zeros((2, 32, 32), np.uint8)
    images[1, 4:20, 10] = 255
    pen = at(PEN, archive(served_folder / "pen.zip", PEN_MEMBER, UNIPEN), address)
    text = bitmap_text(images, [0, 1])
    scanned = at(SCANNED, archive(served_folder / "scanned.zip", SCANNED_MEMBER, text), address)
    heard: list[str] = []
    folder = tmp_path / "cache" / "data"
    for _ in range(2):
        ensure(
            folder,
            ("pen", "scanned"),
            lambda *what: heard.append(what[0]),
            sources={"pen": (pen,), "scanned": (scanned,)},
            patience=HASTE,
        )
    assert [subject.label for subject in open_data(folder / PEN.path, DIGIT_LABELS).each] == [1, 4]
    assert np.array_equal(read_npz(folder / SCANNED.path)[0], images)
    assert set(heard) == {PEN.remote.name, SCANNED.remote.name}
    assert asked == ["/pen.zip", "/scanned.zip"]
    assert sorted(path.name for path in folder.iterdir()) == [DOWNLOADS, SCANNED.path, PEN.path]
    assert all(path.suffix == ".lock" for path in (folder / DOWNLOADS).iterdir())


def test_an_archive_that_says_something_else_is_not_taken(served: tuple[Path, str, list[str]], tmp_path: Path) -> None:
    """Its checksum may be right, as where an address was changed here: what it says is looked at all the same."""
    served_folder, address, _ = served
    pen = at(PEN, archive(served_folder / "pen.zip", PEN_MEMBER, UNIPEN), address)
    with pytest.raises(DataError, match="checksum differs"):
        ensure(tmp_path / "data", ["pen"], seen, sources={"pen": (pen,)}, patience=HASTE)
    assert not (tmp_path / "data" / PEN.path).exists()


def test_idx_files_are_kept_as_they_come(served: tuple[Path, str, list[str]], tmp_path: Path, data: Path) -> None:
    served_folder, address, _ = served
    labels = SOURCES["mnist"][1]
    file = served_folder / "labels.gz"
    file.write_bytes((data / labels.path).read_bytes())
    ensure(tmp_path, ["mnist"], seen, sources={"mnist": (at(labels, file, address),)}, patience=HASTE)
    assert (tmp_path / labels.path).read_bytes() == file.read_bytes()
    assert digest_of_idx(read_idx(tmp_path / labels.path, 1)) == DIGESTS[labels.key]


def test_an_unpacked_idx_file_is_not_downloaded_again(tmp_path: Path, unknown_data: None) -> None:
    labels = SOURCES["mnist"][1]
    (tmp_path / "mnist").mkdir()
    (tmp_path / labels.key).write_bytes(b"\0\0\x08\x01\0\0\0\x01\x05")
    ensure(tmp_path, ["mnist"], seen, sources={"mnist": (labels,)}, patience=HASTE)
    assert [path.name for path in tmp_path.iterdir()] == ["mnist"]


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04", b"another file"])
def test_what_is_damaged_in_the_cache_is_fetched_anew(
    served: tuple[Path, str, list[str]], tmp_path: Path, unknown_data: None, damage: bytes
) -> None:
    served_folder, address, asked = served
    pen = at(PEN, archive(served_folder / "pen.zip", PEN_MEMBER, UNIPEN), address)
    scans = bitmap_text(np.zeros((1, 32, 32), np.uint8), [3])
    scanned = at(SCANNED, archive(served_folder / "scanned.zip", SCANNED_MEMBER, scans), address)
    (served_folder / "labels.gz").write_bytes(gzip.compress(b"\0\0\x08\x01\0\0\0\x01\x05"))
    labels = at(SOURCES["mnist"][1], served_folder / "labels.gz", address)
    (tmp_path / "mnist").mkdir()
    for path in (labels.path, labels.key, PEN.path, SCANNED.path):
        (tmp_path / path).write_bytes(damage)
    sources = {"mnist": (labels,), "pen": (pen,), "scanned": (scanned,)}
    for _ in range(2):
        ensure(tmp_path, ["mnist", "pen", "scanned"], seen, sources=sources, patience=HASTE)
    assert asked == ["/labels.gz", "/pen.zip", "/scanned.zip"]
    assert not (tmp_path / labels.key).exists()
    assert read_idx(tmp_path / labels.path, 1).tolist() == [5]
    assert len(read_pen(tmp_path / PEN.path)) == 2


def test_a_file_that_changed_in_the_cache_is_fetched_anew(
    served: tuple[Path, str, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It can be read, and only its checksum tells."""
    served_folder, address, asked = served
    labels = SOURCES["mnist"][1]
    (served_folder / "labels.gz").write_bytes(gzip.compress(b"\0\0\x08\x01\0\0\0\x01\x05"))
    monkeypatch.setattr("mnist_desktop.training.digests.DIGESTS", {labels.key: digest_of_idx(np.array([5], np.uint8))})
    (tmp_path / "mnist").mkdir()
    (tmp_path / labels.path).write_bytes(gzip.compress(b"\0\0\x08\x01\0\0\0\x01\x06"))
    served_labels = at(labels, served_folder / "labels.gz", address)
    ensure(tmp_path, ["mnist"], seen, sources={"mnist": (served_labels,)}, patience=HASTE)
    assert asked == ["/labels.gz"]
    assert read_idx(tmp_path / labels.path, 1).tolist() == [5]


def test_what_another_process_is_fetching_is_waited_for(tmp_path: Path, unknown_data: None) -> None:
    labels = SOURCES["mnist"][1]
    downloads = tmp_path / DOWNLOADS
    downloads.mkdir()
    other = FileLock(downloads / f"{labels.remote.sha256[:8]}-{Path(labels.path).name}.whole.lock")
    other.acquire()

    def waiting(*_what: object) -> None:
        (tmp_path / "mnist").mkdir()
        (tmp_path / labels.path).write_bytes(gzip.compress(b"\0\0\x08\x01\0\0\0\x01\x05"))
        other.release()

    # From nowhere: what the other one brought is all there is.
    nowhere = replace(labels, remote=replace(labels.remote, addresses=()))
    ensure(tmp_path, ["mnist"], waiting, sources={"mnist": (nowhere,)}, patience=HASTE)
    assert (tmp_path / labels.path).is_file()


def test_what_a_package_of_the_system_brought_is_taken_from_there(data: Path, tmp_path: Path) -> None:
    labels = SOURCES["mnist"][1]
    installed = tmp_path / "system.gz"
    shutil.copyfile(data / labels.path, installed)
    nowhere = Remote(name="MNIST", addresses=(), sha256="0" * 64, at_most=0)
    source = Source(path=labels.path, remote=nowhere, unpack=labels.unpack, check=labels.check, installed=installed)
    ensure(tmp_path / "data", ["mnist"], seen, sources={"mnist": (source,)}, patience=HASTE)
    assert gzip.decompress((tmp_path / "data" / labels.path).read_bytes()) == gzip.decompress(installed.read_bytes())
    installed.write_bytes(gzip.compress(b"\0\0\x08\x01\0\0\0\x01\x05"))
    with pytest.raises(DataError, match=r"system\.gz does not hold what the file of this name should"):
        ensure(tmp_path / "again", ["mnist"], seen, sources={"mnist": (source,)}, patience=HASTE)
