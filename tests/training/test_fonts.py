"""The pinned fonts come whole or not at all, and look-alikes never sit on two sides."""

from __future__ import annotations

import hashlib
import os
import re
import tarfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pytest
from filelock import FileLock

from mnist_desktop.evaluation.data import DataError
from mnist_desktop.training import fonts
from mnist_desktop.training.fonts import FontPackage, FontPart, ensure_fonts, font_packages, load_fonts, part_of

PARTS: tuple[FontPart, ...] = ("training", "validation", "test")

APT_GET = """#!/bin/sh
echo "$@" >> {log}
[ -e {source}/offline ] && {{ echo "Err:1 somewhere" >&2; exit 100; }}
for argument in "$@"; do
    case "$argument" in fonts-*=*) ;; *) continue ;; esac
    [ -e {source}/"${{argument%%=*}}".deb ] && continue
    echo "E: Version '${{argument#*=}}' for '${{argument%%=*}}' was not found" >&2
    exit 100
done
for argument in "$@"; do
    case "$argument" in fonts-*=*) ;; *) continue ;; esac
    cp {source}/"${{argument%%=*}}".deb "$(echo "$argument" | sed -e 's/=/_/' -e 's/:/%3a/')_all.deb"
done
"""
"""Gives what lies in a folder, like the real one by name and version, all of it or nothing."""

DPKG_DEB = """#!/bin/sh
mkdir "$3" && tar -xf "$2" -C "$3"
"""
"""The packages of these tests are tar files."""


@dataclass(frozen=True, kw_only=True)
class Mirror:
    """A machine with an apt-get that knows `packages`; deleting `NAME.deb` in `source` makes it forget one."""

    source: Path
    log: Path
    packages: tuple[FontPackage, ...]

    def calls(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []


def _package(source: Path, name: str, designs: dict[str, tuple[str, ...]]) -> FontPackage:
    path = source / f"{name}.deb"
    with tarfile.open(path, "w") as archive:
        for file in (*(file for group in designs.values() for file in group), f"usr/share/doc/{name}/copyright", "x"):
            (source / "content").write_text(f"{name} {file}")
            archive.add(source / "content", file)
    (source / "content").unlink()
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return FontPackage(name=name, version="1:2-3", sha256=sha256, designs=designs)


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mirror:
    source, tools = tmp_path / "source", tmp_path / "tools"
    source.mkdir()
    tools.mkdir()
    made = Mirror(
        source=source,
        log=tmp_path / "calls",
        packages=(
            _package(source, "fonts-first", {"Helvetica": ("usr/share/fonts/First.ttf",)}),
            _package(source, "fonts-second", {"Helvetica": ("a/Second.ttf",), "Vera": ("a/Third.ttf", "a/Fourth.ttf")}),
        ),
    )
    for name, script in (("apt-get", APT_GET), ("dpkg-deb", DPKG_DEB)):
        (tools / name).write_text(script.format(log=made.log, source=source))
        (tools / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(fonts, "font_packages", lambda: made.packages)
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data" / "fonts"


def _nothing(_: str) -> None:
    pass


def test_the_hash_of_its_name_decides_the_part_of_a_design_group() -> None:
    # “printf NAME | sha256sum” begins with 44, bb and e4: 0.27, 0.73 and 0.89 of the range.
    for group, part in (("Helvetica", "training"), ("Courier", "validation"), ("Vera", "test")):
        assert part_of(group) == part
    counts = Counter(part_of(f"design {number}") for number in range(10_000))
    assert counts["training"] == pytest.approx(7000, abs=200)
    assert counts["validation"] == pytest.approx(1500, abs=150)
    assert counts["test"] == pytest.approx(1500, abs=150)


def test_the_pinned_list_names_each_package_once_and_each_font_safely() -> None:
    packages = font_packages()
    assert len({package.name for package in packages}) == len(packages)
    for package in packages:
        assert re.fullmatch(r"[a-z0-9][a-z0-9+.-]+", package.name)
        assert re.fullmatch(r"[0-9a-f]{64}", package.sha256)
        assert re.fullmatch(r"(\d+:)?[0-9a-zA-Z.+~-]+", package.version)
        files = [PurePosixPath(file) for group in package.designs.values() for file in group]
        assert files
        assert len(set(files)) == len(files)
        assert not any(file.is_absolute() or ".." in file.parts for file in files)


def test_every_part_has_designs_enough_to_say_something() -> None:
    groups = {group for package in font_packages() for group in package.designs}
    counts = Counter(part_of(group) for group in groups)
    assert counts["training"] > 100
    assert min(counts.values()) >= 30


def test_fonts_are_fetched_and_come_by_part(mirror: Mirror, folder: Path) -> None:
    heard: list[str] = []
    ensure_fonts(folder, heard.append)
    assert heard == ["fonts-first (1 of 2)"]
    training, validation, test = (load_fonts(folder, part) for part in PARTS)
    assert [(font.name, font.group) for font in training] == [("First", "Helvetica"), ("Second", "Helvetica")]
    assert validation == []
    assert [(font.name, font.group) for font in test] == [("Third", "Vera"), ("Fourth", "Vera")]
    assert training[0].path.read_text() == "fonts-first usr/share/fonts/First.ttf"
    kept = {str(path.relative_to(folder)) for path in (folder / "fonts-first_1%3a2-3").rglob("*") if path.is_file()}
    assert kept == {
        "fonts-first_1%3a2-3/usr/share/fonts/First.ttf",
        "fonts-first_1%3a2-3/usr/share/doc/fonts-first/copyright",
    }


def test_fonts_that_are_there_are_not_fetched_again(
    mirror: Mirror, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ensure_fonts(folder, _nothing)
    before = mirror.calls()
    # Nor is apt-get needed, where somebody unpacked them by hand.
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    ensure_fonts(folder, _nothing)
    assert mirror.calls() == before


def test_a_fetch_goes_on_where_it_stopped(mirror: Mirror, folder: Path) -> None:
    gone = (mirror.source / "fonts-second.deb").rename(mirror.source / "gone")
    with pytest.raises(DataError, match="fonts-second"):
        ensure_fonts(folder, _nothing)
    assert [path.name for path in folder.iterdir()] == ["fonts-first_1%3a2-3"]
    gone.rename(mirror.source / "fonts-second.deb")
    before = len(mirror.calls())
    ensure_fonts(folder, _nothing)
    later = mirror.calls()[before:]
    assert len(later) == 1
    assert "fonts-first" not in later[0]
    assert "fonts-second=1:2-3" in later[0]
    assert len(load_fonts(folder, "training")) == 2


def test_a_package_that_lacks_a_font_is_fetched_again(mirror: Mirror, folder: Path) -> None:
    ensure_fonts(folder, _nothing)
    (folder / "fonts-second_1%3a2-3" / "a" / "Third.ttf").unlink()
    ensure_fonts(folder, _nothing)
    assert len(load_fonts(folder, "test")) == 2


def _moved_on(mirror: Mirror) -> None:
    (mirror.source / "fonts-second.deb").unlink()


def _damaged(mirror: Mirror) -> None:
    path = mirror.source / "fonts-second.deb"
    content = bytearray(path.read_bytes())
    content[600] ^= 1
    path.write_bytes(content)


def _offline(mirror: Mirror) -> None:
    (mirror.source / "offline").touch()


@pytest.mark.parametrize(
    ("break_it", "sentence"),
    [
        (_moved_on, r"fonts-second is not to be had in the pinned version 1:2-3 .* as .*/fonts-second_1%3a2-3\."),
        (_damaged, r"fonts-second 1:2-3 that apt-get fetched is not the pinned one: its SHA-256 differs"),
        (_offline, r"could not fetch the font package fonts-first; try again"),
    ],
)
def test_what_cannot_be_had_is_said_in_one_sentence_and_leaves_nothing_half(
    mirror: Mirror, folder: Path, break_it: Callable[[Mirror], None], sentence: str
) -> None:
    break_it(mirror)
    with pytest.raises(DataError, match=sentence):
        ensure_fonts(folder, _nothing)
    assert not list(folder.glob("fonts-second*"))
    assert not list(folder.glob(".*"))


def test_an_archive_that_does_not_unpack_is_refused(
    mirror: Mirror, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "tools" / "dpkg-deb").write_text("#!/bin/sh\nexit 2\n")
    with pytest.raises(DataError, match="fonts-first 1:2-3 could not be unpacked"):
        ensure_fonts(folder, _nothing)
    assert list(folder.iterdir()) == []


def test_without_apt_get_the_sentence_says_what_to_unpack_and_where(
    mirror: Mirror, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    with pytest.raises(
        DataError, match=r"2 Debian packages are missing from .* \(fonts-first_1%3a2-3 first\).*dpkg-deb -x"
    ):
        ensure_fonts(folder, _nothing)
    assert not folder.exists()


def test_a_folder_that_cannot_be_made_is_said(mirror: Mirror, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="cannot be put into"):
        ensure_fonts(tmp_path / "file" / "fonts", _nothing)


def test_a_missing_package_is_named_when_fonts_are_loaded(mirror: Mirror, folder: Path) -> None:
    sentence = (
        r"2 Debian packages are missing from .*fonts \(fonts-first_1%3a2-3 first\): .*without --data fetches them"
    )
    with pytest.raises(DataError, match=sentence):
        load_fonts(folder, "training")
    # Nothing of the part that validates is among them.
    assert load_fonts(folder, "validation") == []


def test_what_another_process_is_fetching_is_waited_for(mirror: Mirror, folder: Path) -> None:
    folder.mkdir(parents=True)
    other = FileLock(folder.with_name(".fonts.lock"))
    other.acquire()

    def waiting(what: str) -> None:
        assert what == "fonts, by another process"
        for package in mirror.packages:
            for file in (file for files in package.designs.values() for file in files):
                (folder / package.folder_name / file).parent.mkdir(parents=True, exist_ok=True)
                (folder / package.folder_name / file).touch()
        other.release()

    ensure_fonts(folder, waiting)
    assert not mirror.log.exists()
