"""One table feeds file, environment and flags; what is wrong is named, and the rest still counts."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_desktop import settings
from mnist_desktop.paths import Paths, find_paths
from mnist_desktop.settings import (
    SETTINGS,
    Settings,
    SettingsError,
    hosts_of,
    keep_settings,
    load_settings,
    log_options,
    settings_to_edit,
)


@pytest.fixture
def paths(home: Path) -> Paths:
    return find_paths({"MNIST_DESKTOP_HOME": str(home)})


def test_flags_beat_the_environment_and_the_environment_beats_the_file(paths: Paths) -> None:
    paths.settings.write_text('log = "file"\nkeyspace = "file"\nmodel = "file"\n')
    environment = {"MNIST_DESKTOP_KEYSPACE": "environment", "MNIST_DESKTOP_MODEL": "environment"}
    settings = load_settings(paths, environment, {"model": "flag", "engine": None})
    assert (settings.log, settings.keyspace, settings.model) == ("file", "environment", "flag")
    assert settings.engine == "litert"


def test_every_setting_can_be_set_in_each_of_the_three_ways(paths: Paths) -> None:
    good: dict[str, str] = {
        "cassandra": "db.example:9043,[::1]", "log": "school", "device": "desk-1", "keyspace": "digits_2", "dc": "dc1",
        "replication": "3", "bucket_by": "day", "username": "ada", "password": "secret", "ca_file": "/etc/ca.pem",
        "keep": "500",
        "model": "fashion", "engine": "tensorflow", "language": "de", "theme": "dark",
    }  # fmt: skip
    assert set(good) == set(SETTINGS) == {field.name for field in fields(Settings)}
    from_environment = load_settings(paths, {SETTINGS[name].variable: value for name, value in good.items()})
    from_flags = load_settings(paths, {}, good)
    keep_settings(paths, {name: int(value) if SETTINGS[name].number else value for name, value in good.items()})
    from_file = load_settings(paths, {})
    assert from_environment == from_flags == from_file
    assert {name: str(getattr(from_file, name)) for name in good} == good


def test_the_device_gets_a_short_random_name_once(paths: Paths, tmp_path: Path) -> None:
    first = load_settings(paths, {}).device
    assert load_settings(paths, {}).device == first
    assert 0 < len(first) <= 16
    assert load_settings(find_paths({"MNIST_DESKTOP_HOME": str(tmp_path)}), {}).device != first


def test_of_programs_that_start_at_once_for_the_first_time_the_first_names_the_device(
    paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    first: list[str] = []

    def random_device() -> str:
        # This one has seen that there is no name yet; then another one starts.
        monkeypatch.setattr(settings, "_random_device", lambda: "desk-first")
        first.append(load_settings(paths, {}).device)
        return "desk-second"

    monkeypatch.setattr(settings, "_random_device", random_device)
    assert load_settings(paths, {}).device == "desk-first"
    assert first == ["desk-first"]
    assert load_settings(paths, {}).device == "desk-first"


@pytest.mark.parametrize("content", ['theme = "dark"\n', "device = 7\n"])
def test_a_file_without_a_name_gets_one_and_keeps_the_rest(paths: Paths, content: str) -> None:
    paths.settings.write_text(content)
    with contextlib.suppress(SettingsError):
        load_settings(paths, {})
    named = load_settings(paths, {}).device
    assert load_settings(paths, {}).device == named
    assert ('theme = "dark"' in paths.settings.read_text()) == ("theme" in content)


def test_the_device_has_a_name_where_nothing_can_be_written() -> None:
    # Not even root makes a folder there.
    settings = load_settings(find_paths({"MNIST_DESKTOP_HOME": "/proc/nothing/here"}), {}, {"log": "x"})
    assert settings.device
    assert settings.log == "x"


def test_the_file_is_readable_by_this_user_alone_and_keeps_comments_and_the_rest(paths: Paths) -> None:
    paths.settings.write_text('# mine\ntheme = "dark"  # at night\nkeep = 7\n')
    keep_settings(paths, {"password": "secret", "keep": None})
    text = paths.settings.read_text()
    assert "# mine" in text
    assert "# at night" in text
    assert tomllib.loads(text) == {"theme": "dark", "password": "secret"}
    assert stat.S_IMODE(paths.settings.stat().st_mode) == 0o600
    assert [path.name for path in paths.settings.parent.iterdir()] == ["settings.toml"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b'log = "unfinished', "damaged"),
        (b"\xff\xfe\x00\x01", "not UTF-8"),
        (b"x = " + b"[" * 5000, "damaged"),
        (b"# " + b"x" * 2_000_000, "too large"),
        (b'casandra = "off"', "did you mean cassandra"),
        (b"zzz = 1", "there are cassandra, log"),
        (b"keep = true", "whole number from 0 to"),
        (b"keep = -1", "whole number from 0 to"),
        (b"[log]\nname = 1", "log in .* must be 1 to 64 characters"),
        (b'cassandra = "db:99999"', r"host\[:port\], several with commas, or off"),
        (b'keyspace = "Drop; table"', "lower-case letters"),
        (b'engine = "abacus"', "one of litert, tensorflow"),
        (b'log = ""', "1 to 64 characters"),
    ],
)
def test_a_wrong_file_is_named_in_one_sentence_and_left_as_it_is(paths: Paths, content: bytes, sentence: str) -> None:
    paths.settings.write_bytes(content)
    with pytest.raises(SettingsError, match=sentence) as caught:
        load_settings(paths, {"MNIST_DESKTOP_THEME": "dark"})
    assert str(paths.settings) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.usable.theme == "dark"
    assert caught.value.usable.cassandra == "127.0.0.1:9042"
    assert content in paths.settings.read_bytes()


def test_a_damaged_file_is_never_written_over(paths: Paths) -> None:
    paths.settings.write_text("not toml")
    with pytest.raises(SettingsError, match="damaged"):
        keep_settings(paths, {"theme": "dark"})
    assert paths.settings.read_text() == "not toml"


def test_a_folder_in_the_files_place_is_named(paths: Paths) -> None:
    paths.settings.mkdir()
    with pytest.raises(SettingsError, match=r"settings\.toml cannot be read"):
        load_settings(paths, {})


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"MNIST_DESKTOP_CASSANDRA": "db:port"}, "MNIST_DESKTOP_CASSANDRA must be host"),
        ({"MNIST_DESKTOP_KEEP": "many"}, "MNIST_DESKTOP_KEEP must be a whole number"),
        ({"MNIST_DESKTOP_LOG": os.fsdecode(b"\xff")}, "MNIST_DESKTOP_LOG must be 1 to 64 characters on one line"),
        ({"MNIST_DESKTOP_DEVICE": "two\u2028lines"}, "MNIST_DESKTOP_DEVICE must be 1 to 64 characters on one line"),
        ({"MNIST_DESKTOP_PASSWORD": "secret"}, "no username; set MNIST_DESKTOP_USERNAME"),
    ],
)
def test_a_wrong_variable_is_named_in_one_sentence(paths: Paths, environment: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        load_settings(paths, environment)


def test_a_wrong_flag_is_named_as_it_is_typed(paths: Paths) -> None:
    with pytest.raises(SettingsError, match=r"^--engine must be one of litert, tensorflow, not 'abacus'\.$"):
        load_settings(paths, {}, {"engine": "abacus"})


def test_a_password_is_never_repeated(paths: Paths) -> None:
    paths.settings.write_text('username = "ada"\npassword = ["hunter2"]\n')
    with pytest.raises(SettingsError) as caught:
        load_settings(paths, {})
    assert "hunter2" not in str(caught.value)


def test_an_empty_variable_is_an_unset_one(paths: Paths) -> None:
    assert load_settings(paths, {"MNIST_DESKTOP_LOG": ""}).log == "default"


def test_hosts_are_read_with_ports_without_and_in_brackets() -> None:
    assert hosts_of("off") == ()
    assert hosts_of("db, db2:9043,[::1],[fe80::1]:1") == (
        ("db", 9042), ("db2", 9043), ("::1", 9042), ("fe80::1", 1),
    )  # fmt: skip
    for wrong in ("", "db:", "db:0", "db,", "a b", "::1", "http://db", "db:9042/x"):
        with pytest.raises(ValueError, match="no host"):
            hosts_of(wrong)


@given(st.binary(max_size=200))
def test_no_file_content_does_more_than_raise_a_settings_error(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(SettingsError):
        paths = find_paths({"MNIST_DESKTOP_HOME": folder})
        paths.settings.write_bytes(content)
        load_settings(paths, {})


def test_the_log_is_told_everything_that_concerns_it(paths: Paths) -> None:
    flags = {"cassandra": "db:1", "dc": "dc1", "username": "ada", "password": "x", "ca_file": "~/ca.pem", "keep": 5}
    options = log_options(load_settings(paths, {}, flags), paths)
    assert options.journal == paths.journal
    assert options.hosts == (("db", 1),)
    assert (options.datacenter, options.username, options.password) == ("dc1", "ada", "x")
    assert options.ca_file == Path.home() / "ca.pem"
    assert (options.keep, options.log, options.keyspace, options.replication) == (5, "default", "mnist_desktop", 1)


def test_a_pipe_in_the_files_place_is_not_waited_for(paths: Paths) -> None:
    os.mkfifo(paths.settings)
    with pytest.raises(SettingsError, match=r"settings\.toml cannot be read \(it is no regular file\)"):
        load_settings(paths, {})


def test_the_mark_that_windows_editors_put_first_is_passed_over(paths: Paths) -> None:
    paths.settings.write_bytes(b'\xef\xbb\xbftheme = "dark"\r\n')
    assert load_settings(paths, {}).theme == "dark"
    keep_settings(paths, {"log": "mine"})
    settings = load_settings(paths, {})
    assert (settings.theme, settings.log) == ("dark", "mine")


def test_to_be_edited_is_every_setting_with_what_counts_now_but_no_secret(paths: Paths) -> None:
    paths.settings.write_text('log = "file"\nkeep = 7\nkeyspace = "file"\npassword = "secret"\n')
    edits = {edit.setting.name: edit for edit in settings_to_edit(paths, {"MNIST_DESKTOP_KEYSPACE": "outside"})}
    assert set(SETTINGS) - set(edits) == {"password"}
    assert (edits["log"].value, edits["keep"].value, edits["engine"].value, edits["dc"].value) == (
        "file", "7", "litert", "",
    )  # fmt: skip
    assert (edits["keyspace"].value, edits["keyspace"].variable) == ("outside", "MNIST_DESKTOP_KEYSPACE")
    assert [edit.setting.name for edit in edits.values() if edit.variable] == ["keyspace"]


def test_a_value_that_cannot_be_used_is_to_be_edited_as_the_default_with_a_sentence(paths: Paths) -> None:
    paths.settings.write_text("keep = true\n")
    (keep,) = (edit for edit in settings_to_edit(paths, {}) if edit.setting.name == "keep")
    assert keep.value == "100000"
    assert keep.wrong == "keep in the file must be a whole number from 0 to 1000000000, not True."
    paths.settings.write_text("keep = [")
    with pytest.raises(SettingsError, match="is damaged"):
        settings_to_edit(paths, {})
