"""What read_picture and decode_picture promise: the same pixels from every format, and one clear sentence otherwise."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from picture_corpus import NOT_PICTURES, digit, encoded, huge_png, of_every_kind, on_nothing, stored_as
from PIL import Image, ImageDraw

from mnist_desktop.ink import pictures
from mnist_desktop.ink.pictures import MAX_BYTES, Picture, PictureError, decode_picture, read_picture, shown_name
from mnist_desktop.ink.pixels import MAX_SIDE

KINDS = of_every_kind()


@pytest.fixture(autouse=True)
def no_sentence_with_more_than_one_line(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    said: list[str] = []
    make = PictureError.__init__

    def remember(self: PictureError, text: str) -> None:
        said.append(text)
        make(self, text)

    monkeypatch.setattr(PictureError, "__init__", remember)
    yield
    for text in said:
        assert text.isprintable()
        assert text.endswith(".")


@pytest.fixture(autouse=True)
def warnings_as_in_the_program() -> Iterator[None]:
    """Pytest makes warnings errors in every test; the program's own filter, set at import, has to win here."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.")
        yield


def grey(picture: Picture) -> NDArray[np.float64]:
    return np.asarray(picture.pixels.mean(axis=2), dtype=np.float64)


def sentence(content: bytes, name: str | None = "x.png") -> str:
    with pytest.raises(PictureError) as caught:
        decode_picture(content, name=name)
    return str(caught.value)


@pytest.mark.parametrize("kind", KINDS)
def test_every_format_and_mode_shows_the_same_digit(kind: str) -> None:
    picture = decode_picture(KINDS[kind], name=kind)
    truth = np.asarray(digit(), dtype=np.float64)
    assert picture.pixels.shape == (*truth.shape, 3)
    shown = grey(picture)
    # Bilevel pictures lose the grey rim of the digit; nothing may lose its shape, its ends, or its polarity.
    assert ((shown < 128) == (truth < 128)).mean() > 0.99
    assert shown.min() < 25
    assert shown.max() > 235


@pytest.mark.parametrize("format_", ["PNG", "BMP", "TIFF", "WEBP"])
def test_colours_are_kept_exactly_by_lossless_formats(format_: str) -> None:
    levels = np.random.default_rng(1).integers(0, 256, (37, 53, 3), dtype=np.uint8)
    content = encoded(Image.fromarray(levels), format_, **({"lossless": True} if format_ == "WEBP" else {}))
    np.testing.assert_array_equal(decode_picture(content, name=None).pixels, levels)


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_shown_upright(format_: str, orientation: int) -> None:
    upright = np.asarray(digit("7").convert("RGB"))
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if format_ == "WEBP" else {}
    content = encoded(Image.fromarray(stored_as(upright, orientation)), format_, exif=exif.tobytes(), **options)
    shown = decode_picture(content, name=None).pixels
    assert shown.shape == upright.shape
    assert np.abs(shown.astype(int) - upright).mean() < 3


@pytest.mark.parametrize("orientation", [0, 9, 77, 65535])
def test_an_orientation_that_does_not_exist_is_ignored(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = encoded(digit(), "PNG", exif=exif.tobytes())
    np.testing.assert_array_equal(grey(decode_picture(content, name=None)), np.asarray(digit()))


def test_damaged_exif_is_ignored() -> None:
    content = encoded(digit(), "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff" + bytes(5000), quality=95)
    assert decode_picture(content, name=None).pixels.shape == (160, 120, 3)


def test_large_metadata_is_ignored() -> None:
    profile = np.random.default_rng(2).bytes(900_000)
    content = encoded(digit(), "PNG", icc_profile=profile)
    np.testing.assert_array_equal(grey(decode_picture(content, name=None)), np.asarray(digit()))


@pytest.mark.parametrize(("colour", "backdrop"), [("black", 255), ("navy", 255), ("white", 0), ("yellow", 0)])
@pytest.mark.parametrize("height", [60, 170])
def test_ink_on_transparency_stands_out_from_its_backdrop(colour: str, backdrop: int, height: int) -> None:
    ink = on_nothing(digit("8", height=height), colour)
    picture = decode_picture(encoded(ink, "PNG"), name=None)
    assert picture.pixels[0, 0].tolist() == [backdrop] * 3
    assert np.ptp(grey(picture)) > 120


@pytest.mark.parametrize(("paper", "ink"), [(255, 0), (30, 255)])
def test_a_page_with_round_corners_keeps_its_paper_in_them(paper: int, ink: int) -> None:
    page = digit(paper=paper, ink=ink).convert("RGBA")
    corners = Image.new("L", page.size, 0)
    ImageDraw.Draw(corners).rounded_rectangle((0, 0, *page.size), 30, fill=255)
    page.putalpha(corners)
    picture = decode_picture(encoded(page, "PNG"), name=None)
    assert abs(int(picture.pixels[0, 0, 0]) - paper) < 40


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_a_picture_of_nothing_at_all_is_white(mode: str) -> None:
    assert decode_picture(encoded(Image.new(mode, (30, 20)), "PNG"), name=None).pixels.min() == 255


def test_a_palette_with_a_transparent_entry_is_composited() -> None:
    image = digit().convert("P")
    content = encoded(image, "PNG", transparency=int(np.asarray(image)[0, 0]))
    assert grey(decode_picture(content, name=None))[0, 0] == 255


def test_sixteen_bits_are_scaled_not_clipped() -> None:
    ramp = np.linspace(0, 65535, 256 * 4).astype(np.uint16).reshape(4, 256)
    shown = grey(decode_picture(encoded(Image.fromarray(ramp), "PNG"), name=None))
    np.testing.assert_allclose(shown, ramp / 257, atol=0.51)


def test_floats_that_are_no_numbers_do_no_harm() -> None:
    levels = np.array([[np.nan, 0.0, 0.5], [1.0, -np.inf, np.inf]], dtype=np.float32)
    picture = decode_picture(encoded(Image.fromarray(levels), "TIFF"), name=None)
    assert picture.pixels[:, :, 0].tolist() == [[0, 0, 128], [255, 0, 255]]


@pytest.mark.parametrize("format_", ["GIF", "WEBP", "TIFF", "PNG"])
def test_of_an_animation_the_first_frame_is_read(format_: str) -> None:
    frames = [digit("1").convert("RGB"), digit("8").convert("RGB")]
    content = encoded(frames[0], format_, save_all=True, append_images=frames[1:])
    shown = grey(decode_picture(content, name=None))
    assert np.abs(shown - np.asarray(digit("1"), dtype=float)).mean() < 4


def test_of_a_multi_picture_jpeg_the_first_is_read() -> None:
    frames = [digit("1").convert("RGB"), digit("8").convert("RGB")]
    content = encoded(frames[0], "MPO", save_all=True, append_images=frames[1:])
    shown = grey(decode_picture(content, name=None))
    assert np.abs(shown - np.asarray(digit("1"), dtype=float)).mean() < 4


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "png-16", "transparent"])
def test_a_large_picture_is_shrunk_by_a_whole_number_and_stays_the_same_picture(kind: str) -> None:
    large = digit("5", size=(2600, 4200), height=3000)
    content = {
        "PNG": lambda: encoded(large, "PNG", compress_level=1),
        "JPEG": lambda: encoded(large, "JPEG"),
        "png-16": lambda: encoded(Image.fromarray(np.asarray(large, dtype=np.uint16) * 257), "PNG", compress_level=1),
        "transparent": lambda: encoded(on_nothing(large, "black"), "PNG", compress_level=1),
    }[kind]()
    shown = grey(decode_picture(content, name=None))
    truth = np.asarray(large.resize((shown.shape[1], shown.shape[0]), Image.Resampling.BOX), dtype=float)
    assert max(shown.shape) > MAX_SIDE / 2
    assert max(shown.shape) <= MAX_SIDE
    assert np.abs(shown - truth).mean() < 2


@pytest.mark.parametrize(("width", "height"), [(9000, 1), (1, 9000), (65_000, 3)])
def test_pictures_thin_as_a_hair_are_pictures(width: int, height: int) -> None:
    for format_ in ("PNG", "JPEG", "BMP", "TIFF"):
        if max(width, height) <= 65_000:
            shown = decode_picture(encoded(Image.new("L", (width, height), 200), format_), name=None).pixels
            assert max(shown.shape) <= MAX_SIDE
            assert shown.min() == shown.max() == 200


@pytest.mark.parametrize("name", NOT_PICTURES)
def test_what_is_no_picture_is_called_by_its_name(name: str) -> None:
    content, words = NOT_PICTURES[name]
    said = sentence(content, name)
    assert said == f"{name} is {words}; only PNG, JPEG, WEBP, BMP, GIF and TIFF pictures can be opened."


def test_an_svg_behind_a_picture_name_never_reaches_a_decoder() -> None:
    said = sentence(NOT_PICTURES["drawing.svg"][0], "holiday.jpg")
    assert said.startswith("holiday.jpg is an SVG drawing;")


def test_nothing_is_empty() -> None:
    assert sentence(b"") == "x.png is empty."


def test_without_a_name_it_is_this_picture() -> None:
    assert sentence(b"", None) == "This picture is empty."


@pytest.mark.parametrize("kind", ["jpeg-RGB", "jpeg-progressive", "png-RGB", "webp-lossy", "gif", "tiff-L", "bmp-RGB"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9])
def test_a_picture_cut_off_is_damaged(kind: str, share: float) -> None:
    content = KINDS[kind]
    said = sentence(content[: max(8, int(len(content) * share))], "cut.jpg")
    assert said.startswith("cut.jpg cannot be read: it starts like a ")


@pytest.mark.parametrize(
    "signature", [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"II*\0", b"MM\0+", b"RIFF....WEBP"]
)
def test_a_signature_and_nothing_more_is_damaged(signature: bytes) -> None:
    assert sentence(signature).startswith("x.png cannot be read: it starts like a ")


def test_a_png_of_fifty_thousand_pixels_a_side_is_refused_before_decoding() -> None:
    said = sentence(huge_png(50_000, 50_000), "bomb.png")
    assert said == "bomb.png is too large: it has 50,000×50,000 pixels, and at most 40 megapixels can be opened."


def test_just_over_the_limit_is_refused_too_although_pillow_would_not_even_warn() -> None:
    assert "6,400×6,251 pixels" in sentence(huge_png(6400, 6251))


@pytest.mark.parametrize("format_", ["GIF", "BMP", "WEBP", "TIFF", "JPEG"])
def test_the_limit_holds_in_every_format(format_: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MAX_PIXELS", 10_000)
    monkeypatch.setattr(pictures._check_size, "__defaults__", (10_000,))
    assert "120×160 pixels" in sentence(encoded(digit(), format_))


def test_a_webp_is_measured_before_its_decoder_takes_the_memory() -> None:
    header = b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0" + bytes(4) + b"\xff\xff\xff" * 2
    assert "16,777,216×16,777,216 pixels" in sentence(header)


def test_a_tiff_is_measured_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MAX_UNPACKED_BYTES", 76_799)
    decode_picture(KINDS["tiff-RGB-lzw"], name=None)
    assert "is too large: it takes 0 MB unpacked" in sentence(KINDS["tiff-CMYK"])


def test_a_jpeg_of_thousands_of_passes_is_refused_and_a_video_behind_a_photograph_is_not() -> None:
    content = encoded(digit().convert("RGB"), "JPEG", progressive=True)
    scan = content[content.rindex(b"\xff\xda") : -2]
    assert "too many passes" in sentence(content[:-2] + scan * 60 + content[-2:])
    decode_picture(content + b"\xff\xda\0\x08" * 60, name=None)


def test_too_many_bytes_are_refused() -> None:
    said = sentence(KINDS["png-L"] + bytes(MAX_BYTES))
    assert said == "x.png is too large: it has 30.0 MB, and at most 30 MB can be opened."


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells a process its greatest memory")
def test_large_pictures_of_every_kind_fit_into_half_a_gigabyte(tmp_path: Path) -> None:
    """In a process of its own, whose greatest memory the kernel reports."""
    contents = {
        "rgba.png": encoded(Image.new("RGBA", (8000, 5000), "white"), "PNG", compress_level=1),
        "whole.tiff": encoded(Image.new("RGBA", (8000, 5000)), "TIFF", compression="tiff_lzw", strip_size=160_000_000),
        "lossy.webp": encoded(Image.new("RGB", (5000, 5000)), "WEBP", quality=10, method=0),
        "many.jpg": encoded(Image.new("RGB", (8000, 5000)), "JPEG", progressive=True, subsampling=0),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    script = (
        "import sys, pathlib; from mnist_desktop.ink.pictures import read_picture\n"
        "for name in sys.argv[1:]: read_picture(pathlib.Path(name))\n"
        "print(pathlib.Path('/proc/self/status').read_text())"
    )
    files = [str(tmp_path / name) for name in contents]
    done = subprocess.run([sys.executable, "-c", script, *files], capture_output=True, text=True, check=True)
    most = next(line for line in done.stdout.splitlines() if line.startswith("VmHWM"))
    assert int(most.split()[1]) * 1024 < 500_000_000


def test_a_file_is_read_by_its_content_not_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "digit.gif"
    path.write_bytes(KINDS["png-L"])
    picture = read_picture(path)
    assert picture.name == "digit.gif"
    np.testing.assert_array_equal(grey(picture), np.asarray(digit()))


def refusal(path: Path) -> str:
    with pytest.raises(PictureError) as caught:
        read_picture(path)
    return str(caught.value)


def test_a_missing_file(tmp_path: Path) -> None:
    assert refusal(tmp_path / "gone.png") == "gone.png does not exist."


def test_a_folder(tmp_path: Path) -> None:
    (tmp_path / "album.png").mkdir()
    assert refusal(tmp_path / "album.png") == "album.png is a folder, not a picture."


def test_a_pipe_is_refused_at_once_though_nobody_writes(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    said: list[str] = []
    reader = threading.Thread(target=lambda: said.append(refusal(tmp_path / "pipe.png")), daemon=True)
    reader.start()
    reader.join(20)
    assert said == ["pipe.png is a pipe, not a picture file."]


def test_a_device_and_a_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal(Path("/dev/zero")) == "zero is a device, not a picture file."
    monkeypatch.chdir(tmp_path)  # the name of a socket may have some hundred bytes only
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("s.png")
        assert refusal(Path("s.png")) == "s.png is a socket, not a picture file."


def test_a_link_to_itself(tmp_path: Path) -> None:
    (tmp_path / "loop.png").symlink_to("loop.png")
    assert refusal(tmp_path / "loop.png") == "loop.png is a link that leads back to itself."


@pytest.mark.skipif(os.geteuid() == 0, reason="the administrator may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "secret.png"
    path.write_bytes(KINDS["png-L"])
    path.chmod(0)
    assert refusal(path) == "secret.png may not be read: you lack the permission."


def test_a_file_too_large_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "sparse.png"
    with path.open("wb") as file:
        file.truncate(10**12)
    assert refusal(path) == "sparse.png is too large: it has 1,000,000.0 MB, and at most 30 MB can be opened."


def test_impossible_names(tmp_path: Path) -> None:
    assert refusal(tmp_path / ("n" * 5000)).endswith("is too long for the name of a file.")
    assert refusal(tmp_path / "a\0b") == "a\\x00b cannot be the name of a file."


def test_names_are_shown_on_one_line(tmp_path: Path) -> None:
    path = tmp_path / "two\nlines \x1b[31m\u202e.png"
    path.write_bytes(KINDS["png-L"])
    assert read_picture(path).name == "two\\nlines \\x1b[31m\\u202e.png"
    assert shown_name("Größe 7.png") == "Größe 7.png"
    assert shown_name(os.fsdecode(b"\xff.png")) == "\\udcff.png"


def test_a_picture_cannot_be_changed() -> None:
    picture = decode_picture(KINDS["png-L"], name=None)
    with pytest.raises(ValueError, match="read-only"):
        picture.pixels[0, 0] = 0


def test_pillow_agrees_wherever_it_knows_no_pitfall() -> None:
    for kind in ("png-RGB", "bmp-RGB", "webp-lossless", "tiff-RGB-lzw", "jpeg-RGB", "gif"):
        with Image.open(io.BytesIO(KINDS[kind])) as image:
            np.testing.assert_array_equal(
                decode_picture(KINDS[kind], name=None).pixels, np.asarray(image.convert("RGB"))
            )
