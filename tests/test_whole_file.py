"""Files appear whole or not at all, and what was there stays until they do."""

from __future__ import annotations

import errno
import os
import stat
import threading
from pathlib import Path

import pytest
from full_disk import full_disk

from mnist_desktop.paths import replace_private_file
from mnist_desktop.whole_file import whole_file, write_whole

posix = pytest.mark.skipif(os.name != "posix", reason="who may read a file is said otherwise there")


def left(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


def access(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_written_is_there_and_nothing_else(tmp_path: Path) -> None:
    write_whole(tmp_path / "new.png", b"picture")
    write_whole(tmp_path / "new.png", b"another")
    assert (tmp_path / "new.png").read_bytes() == b"another"
    assert left(tmp_path) == ["new.png"]


@pytest.mark.parametrize("before", [None, b"what was there"])
def test_a_full_disk_leaves_what_was_there(tmp_path: Path, before: bytes | None) -> None:
    file = tmp_path / "file.png"
    if before is not None:
        file.write_bytes(before)
    with full_disk(room=1000), pytest.raises(OSError) as failure:
        write_whole(file, bytes(100_000))
    assert failure.value.errno == errno.EFBIG
    assert left(tmp_path) == ([] if before is None else ["file.png"])
    assert before is None or file.read_bytes() == before


def test_what_goes_wrong_half_way_leaves_what_was_there(tmp_path: Path) -> None:
    file = tmp_path / "file.txt"
    file.write_text("what was there")

    def write_half() -> None:
        with whole_file(file) as new:
            new.write_text("half of")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half()
    assert file.read_text() == "what was there"
    assert left(tmp_path) == ["file.txt"]


def test_until_it_is_whole_others_see_what_was_there(tmp_path: Path) -> None:
    file = tmp_path / "file.txt"
    file.write_text("what was there")
    with whole_file(file) as new:
        new.write_text("new")
        assert file.read_text() == "what was there"
    assert file.read_text() == "new"


@posix
def test_a_new_file_may_be_read_as_the_persons_others(tmp_path: Path) -> None:
    plain, ours = tmp_path / "plain", tmp_path / "ours"
    plain.write_bytes(b"")
    write_whole(ours, b"")
    assert access(ours) == access(plain)


@posix
def test_a_file_that_is_replaced_may_be_read_by_whom_it_was_but_a_private_one_by_nobody_else(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"")
    file.chmod(0o640)
    write_whole(file, b"new")
    assert access(file) == 0o640
    replace_private_file(file, "newer")
    assert access(file) == 0o600


@posix
def test_what_is_replaced_does_not_run_in_anybodys_name(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"")
    file.chmod(0o6755)
    write_whole(file, b"")
    assert access(file) == 0o755


@posix
def test_a_link_stays_one_and_what_it_leads_to_is_replaced(tmp_path: Path) -> None:
    real, link = tmp_path / "elsewhere" / "real", tmp_path / "link"
    real.parent.mkdir()
    real.write_text("old")
    link.symlink_to(real)
    write_whole(link, b"new")
    assert link.is_symlink()
    assert real.read_text() == "new"
    assert left(real.parent) == ["real"]


@posix
def test_a_name_as_long_as_names_can_be_is_no_hindrance(tmp_path: Path) -> None:
    file = tmp_path / ("n" * 255)
    write_whole(file, b"new")
    assert file.read_bytes() == b"new"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes in folders")
def test_a_pipe_is_written_and_not_replaced(tmp_path: Path) -> None:
    pipe, read = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reading = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reading.start()
    write_whole(pipe, b"new")
    reading.join()
    assert read == [b"new"]
    assert pipe.is_fifo()


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="this system has no /dev/fd")
def test_an_open_pipe_is_written_by_its_number() -> None:
    # As in `--explain /dev/stdout | …`, and as shells name it in `--explain >(…)`.
    read, write = os.pipe()
    try:
        write_whole(Path(f"/dev/fd/{write}"), b"new")
        assert os.read(read, 10) == b"new"
    finally:
        os.close(read)
        os.close(write)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_device_is_written_and_not_replaced() -> None:
    with pytest.raises(OSError) as failure:
        write_whole(Path("/dev/full"), b"new")
    assert failure.value.errno == errno.ENOSPC
    assert Path("/dev/full").is_char_device()


def test_a_file_that_is_protected_stays_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    file.write_text("what was there")
    # Root, as whom CI runs, may write everything.
    monkeypatch.setattr(os, "access", lambda _path, mode: mode != os.W_OK)
    with pytest.raises(PermissionError):
        write_whole(file, b"new")
    assert file.read_text() == "what was there"


@posix
def test_a_link_that_leads_to_itself_and_a_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "round").symlink_to(tmp_path / "round")
    (tmp_path / "folder").mkdir()
    for name in ("round", "folder", "nowhere/file"):
        with pytest.raises(OSError):
            write_whole(tmp_path / name, b"new")
    assert left(tmp_path) == ["folder", "round"]
    assert left(tmp_path / "folder") == []
