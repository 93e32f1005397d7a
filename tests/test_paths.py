"""Where files go, and that the shipped ones are found."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from mnist_desktop.paths import Paths, PathsError, find_paths, shipped


def test_one_folder_holds_everything_when_a_home_is_named(tmp_path: Path) -> None:
    paths = find_paths({"MNIST_DESKTOP_HOME": str(tmp_path / "deep" / "home")})
    for path in (paths.settings, paths.journal, paths.models, paths.log_file, paths.cache):
        assert path.parent == tmp_path / "deep" / "home"


def test_without_a_home_every_place_is_the_users_own_and_absolute() -> None:
    paths = find_paths({})
    for path in (paths.settings, paths.journal, paths.models, paths.log_file, paths.cache):
        assert path.is_absolute()
        assert "mnist-desktop" in str(path)


def test_a_home_below_the_users_folder_can_be_named_with_a_tilde() -> None:
    assert find_paths({"MNIST_DESKTOP_HOME": "~/digits"}).settings == Path.home() / "digits" / "settings.toml"


def test_finding_the_places_touches_no_disk(tmp_path: Path) -> None:
    find_paths({"MNIST_DESKTOP_HOME": str(tmp_path / "home")})
    assert list(tmp_path.iterdir()) == []


def test_new_folders_are_for_this_user_alone_and_old_ones_stay_as_they_are(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    paths = find_paths({"MNIST_DESKTOP_HOME": str(tmp_path / "deep" / "home")})
    paths.make_folders()
    paths.make_folders()
    for folder in (tmp_path / "deep", tmp_path / "deep" / "home", paths.models, paths.cache):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


def test_a_home_that_cannot_be_made_is_named_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    paths = find_paths({"MNIST_DESKTOP_HOME": str(tmp_path / "file" / "home")})
    with pytest.raises(PathsError, match=r"file.* cannot be made .*MNIST_DESKTOP_HOME\.$"):
        paths.make_folders()


def test_paths_compare_by_value(tmp_path: Path) -> None:
    environment = {"MNIST_DESKTOP_HOME": str(tmp_path)}
    assert isinstance(find_paths(environment), Paths)
    assert find_paths(environment) == find_paths(environment)


def test_what_ships_is_found_and_what_does_not_is_named() -> None:
    assert (shipped("model") / "digits" / "card.json").is_file()
    with pytest.raises(PathsError, match="no-such-thing is missing"):
        shipped("no-such-thing")


def test_the_home_of_nobody_is_named() -> None:
    with pytest.raises(PathsError, match="MNIST_DESKTOP_HOME names the home of a user that there is not"):
        find_paths({"MNIST_DESKTOP_HOME": "~no-such-user/digits"})
