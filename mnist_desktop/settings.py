"""Turns the settings file, the environment and the command line's flags into one checked set of settings."""

from __future__ import annotations

import contextlib
import difflib
import errno
import re
import secrets
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Annotated, Any, get_type_hints

from mnist_desktop.log.options import LogOptions
from mnist_desktop.log.record import BUCKETS
from mnist_desktop.paths import Paths, PathsError, make_private_file, make_private_folder, replace_private_file

PREFIX = "MNIST_DESKTOP_"
"""Of every environment variable; a setting's own is this and its name in capitals."""

CASSANDRA_PORT = 9042

LONGEST_KEYSPACE = 48
"""Characters of a keyspace's name that Cassandra takes (its schema constants, NAME_LENGTH)."""

LONGEST_QUOTE = 60
"""Characters of a wrong value that its sentence repeats."""

UTF_8 = "utf-8-sig"
"""With or without the mark at the start that Windows' editors put there."""

MAX_FILE_BYTES = 1_000_000
"""A settings file beyond this is none; reading stops before it fills memory."""


class SettingsError(Exception):
    """A setting that cannot be used; the text is the sentence the user reads.

    `usable` holds everything else that was set, with defaults in place of what is wrong: a window opens with these.
    """

    def __init__(self, sentence: str, usable: Settings | None = None) -> None:
        super().__init__(sentence)
        self._usable = usable

    @property
    def usable(self) -> Settings:
        return self._usable or Settings(device=_random_device())


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What the table says of one setting; file, environment, flags and the settings dialog all follow from it."""

    about: str
    """For `--help` and the dialog."""
    valid: str
    """The values it takes, in words."""
    accepts: Callable[[str], bool] = bool
    """Whether a text is such a value; any but the empty one when not given."""
    choices: tuple[str, ...] = ()
    """All values, where they can be listed."""
    secret: bool = False
    """Never shown."""
    name: str = ""
    default: object = None
    number: bool = False
    optional: bool = False

    @property
    def variable(self) -> str:
        return PREFIX + self.name.upper()


def hosts_of(cassandra: str) -> tuple[tuple[str, int], ...]:
    """Host and port of each address in `host[:port],…`, an IPv6 one in brackets; none for `off`; else a ValueError."""
    if cassandra == "off":
        return ()
    found = []
    for address in cassandra.split(","):
        match = re.fullmatch(r"\s*(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::(\d{1,5}))?\s*", address)
        port = int(match[3] or CASSANDRA_PORT) if match else 0
        if not match or not 0 < port <= 0xFFFF:
            raise ValueError(f"{address!r} is no host[:port]")
        found.append((match[1] or match[2], port))
    return tuple(found)


def _is_cassandra(text: str) -> bool:
    try:
        hosts_of(text)
    except ValueError:
        return False
    return True


def _matches(pattern: str) -> Callable[[str], bool]:
    return lambda text: re.fullmatch(pattern, text) is not None


def _name(about: str) -> Setting:
    # Nor half a surrogate pair, as Python reads bytes that are no text (PEP 383): no database takes it.
    inside = r"\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff"
    pattern = rf"[^\s{inside}](?:[^{inside}]{{0,62}}[^\s{inside}])?"
    return Setting(about=about, valid="1 to 64 characters on one line", accepts=_matches(pattern))


def _number(least: int, most: int, about: str) -> Setting:
    def accepts(text: str) -> bool:
        return re.fullmatch(r"\d{1,12}", text, re.ASCII) is not None and least <= int(text) <= most

    return Setting(about=about, valid=f"a whole number from {least} to {most}", accepts=accepts)


def _one_of(*choices: str, about: str) -> Setting:
    return Setting(about=about, valid=f"one of {', '.join(choices)}", accepts=choices.__contains__, choices=choices)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that can be set; the annotations are the declarative table."""

    cassandra: Annotated[
        str,
        Setting(
            about="Where Cassandra answers",
            valid="host[:port], several with commas, or off",
            accepts=_is_cassandra,
        ),
    ] = f"127.0.0.1:{CASSANDRA_PORT}"
    log: Annotated[str, _name("The log that readings go to")] = "default"
    device: Annotated[str, _name("This device's name in the log")]
    keyspace: Annotated[
        str,
        Setting(
            about="Cassandra's keyspace",
            valid=f"at most {LONGEST_KEYSPACE} lower-case letters, digits and underscores, a letter first",
            accepts=_matches(rf"[a-z][a-z0-9_]{{0,{LONGEST_KEYSPACE - 1}}}"),
        ),
    ] = "mnist_desktop"
    dc: Annotated[
        str | None,
        Setting(about="Cassandra's local data centre", valid="a data centre's name", accepts=_matches(r"[\w.-]{1,64}")),
    ] = None
    replication: Annotated[int, _number(1, 99, "Copies of each record, when the keyspace is made")] = 1
    bucket_by: Annotated[
        str | None,
        _one_of(*BUCKETS, about="How much time a partition of the log spans, when the log is made"),
    ] = None
    username: Annotated[str | None, Setting(about="Cassandra's user", valid="a user's name")] = None
    password: Annotated[str | None, Setting(about="Cassandra's password", valid="a password", secret=True)] = None
    ca_file: Annotated[
        str | None,
        Setting(about="Certificates that Cassandra's is checked against: TLS is used", valid="the path of a PEM file"),
    ] = None
    keep: Annotated[int, _number(0, 10**9, "Delivered records that are kept on this device too")] = 100_000
    model: Annotated[str, Setting(about="The model that reads", valid="a model's name or folder")] = "digits"
    engine: Annotated[str, _one_of("litert", "tensorflow", about="What runs the model")] = "litert"
    language: Annotated[
        str,
        Setting(
            about="The window's language",
            valid="system, or a language such as en, de or pt_BR",
            accepts=_matches(r"system|[a-z]{2,3}(_[A-Z]{2})?"),
        ),
    ] = "system"
    theme: Annotated[str, _one_of("system", "light", "dark", about="The window's colours")] = "system"


def _table() -> dict[str, Setting]:
    hints = get_type_hints(Settings, include_extras=True)
    table = {}
    for field in fields(Settings):
        kind, setting = hints[field.name].__origin__, hints[field.name].__metadata__[0]
        table[field.name] = replace(
            setting,
            name=field.name,
            default=None if field.name == "device" else field.default,
            number=kind is int,
            optional=kind == str | None,
        )
    return table


SETTINGS: Mapping[str, Setting] = _table()
"""The declarative table, by name."""


def load_settings(paths: Paths, environment: Mapping[str, str], flags: Mapping[str, object] | None = None) -> Settings:
    """The settings of `settings.toml`, over them the environment's, over them the flags that are not None.

    The first time, it gives this device its name and writes it down. A SettingsError names the file or variable that
    is wrong and what would be right, and carries the settings that can be used in spite of it.
    """
    wrong: list[str] = []
    values: dict[str, Any] = {}
    for name, value, where in _given(paths, environment, flags or {}, wrong):
        if name in SETTINGS:
            _take(SETTINGS[name], value, where, values, wrong)
        else:
            wrong.append(f"{where} is no setting; {_nearest(name)}.")
    if values.get("password") and not values.get("username"):
        wrong.append(f"A password is set for Cassandra, but no username; set {SETTINGS['username'].variable} too.")
    if "device" not in values:
        values["device"] = _named_device(paths)
    settings = Settings(**values)
    if wrong:
        raise SettingsError(wrong[0], settings)
    return settings


def keep_settings(paths: Paths, changes: Mapping[str, str | int | None]) -> None:
    """Write `changes` into `settings.toml`, a None taking the setting out; comments and the rest stay.

    The file is replaced in one step and readable by this user alone. A SettingsError says why it could not be.
    """
    import tomlkit.exceptions  # reading needs only the standard library, and start-up only reads

    for name, value in changes.items():
        setting = SETTINGS[name]
        if value is not None and not setting.accepts(str(value)):
            raise SettingsError(f"{name} must be {setting.valid}, not {_shown(setting, value)}.")
    wrong: list[str] = []
    _read_file(paths.settings, wrong)
    if wrong:
        raise SettingsError(wrong[0])
    try:
        text = paths.settings.read_text(encoding=UTF_8) if paths.settings.exists() else ""
        document = tomlkit.parse(text)
        for name, value in changes.items():
            if value is None:
                document.pop(name, None)
            else:
                document[name] = value
        make_private_folder(paths.settings.parent)
        replace_private_file(paths.settings, tomlkit.dumps(document))
    except OSError as error:
        raise SettingsError(f"{paths.settings} cannot be written ({error.strerror}).") from error
    except PathsError as error:
        raise SettingsError(str(error)) from error
    except tomlkit.exceptions.TOMLKitError as error:
        # It is stricter here and there than what reads the file.
        raise SettingsError(f"{paths.settings} cannot be changed ({error}); mend it by hand.") from error


@dataclass(frozen=True, kw_only=True)
class SettingToEdit:
    """A setting as it is now, for a person who may want to change it in the file."""

    setting: Setting
    value: str
    """What counts: of the environment, of the file, or the default; also where what is set cannot be used."""
    wrong: str | None = None
    """A sentence about what is set and cannot be used."""
    variable: str | None = None
    """The environment variable that sets it, and beats whatever the file says."""


def settings_to_edit(paths: Paths, environment: Mapping[str, str]) -> list[SettingToEdit]:
    """Every setting but the secret ones; a SettingsError when the file cannot be read, and so not be changed."""
    wrong: list[str] = []
    in_file = _read_file(paths.settings, wrong)
    if wrong:
        raise SettingsError(wrong[0])
    return [_to_edit(setting, in_file, environment) for setting in SETTINGS.values() if not setting.secret]


def _to_edit(setting: Setting, in_file: Mapping[str, object], environment: Mapping[str, str]) -> SettingToEdit:
    text = environment.get(setting.variable)
    value = text or in_file.get(setting.name)
    values: dict[str, Any] = {}
    wrong: list[str] = []
    if value is not None:
        _take(setting, value, setting.variable if text else f"{setting.name} in the file", values, wrong)
    default = "" if setting.default is None else setting.default
    return SettingToEdit(
        setting=setting,
        value=str(values.get(setting.name, default)),
        wrong=wrong[0] if wrong else None,
        variable=setting.variable if text else None,
    )


def log_options(settings: Settings, paths: Paths) -> LogOptions:
    """What the log needs to know of `settings`."""
    return LogOptions(
        journal=paths.journal,
        hosts=hosts_of(settings.cassandra),
        log=settings.log,
        keyspace=settings.keyspace,
        datacenter=settings.dc,
        replication=settings.replication,
        bucket_by=settings.bucket_by,
        username=settings.username,
        password=settings.password,
        ca_file=Path(settings.ca_file).expanduser() if settings.ca_file else None,
        keep=settings.keep,
    )


def _given(
    paths: Paths, environment: Mapping[str, str], flags: Mapping[str, object], wrong: list[str]
) -> Iterator[tuple[str, object, str]]:
    """Name, value and origin of everything that is set, what counts most last."""
    for name, value in _read_file(paths.settings, wrong).items():
        yield name, value, f"{name} in {paths.settings}"
    for setting in SETTINGS.values():
        # An empty variable is an unset one.
        if text := environment.get(setting.variable):
            yield setting.name, text, setting.variable
    for name, value in flags.items():
        if value is not None:
            yield name, value, f"--{name.replace('_', '-')}"


def _read_file(path: Path, wrong: list[str]) -> dict[str, Any]:
    """What the settings file holds; nothing when there is none, or when it is damaged, which goes to `wrong`."""
    try:
        if path.exists() and not path.is_file():
            # A pipe would be waited for until somebody writes into it.
            raise OSError(errno.EINVAL, "it is no regular file")
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
        if len(content) > MAX_FILE_BYTES:
            raise ValueError("it is too large")
        return tomllib.loads(content.decode(UTF_8))
    except FileNotFoundError:
        return {}
    except OSError as error:
        wrong.append(f"{path} cannot be read ({error.strerror}).")
    except UnicodeDecodeError:
        wrong.append(f"{path} is damaged (it is not UTF-8 text); mend or remove it.")
    except RecursionError:
        wrong.append(f"{path} is damaged (its values are nested too deeply); mend or remove it.")
    except ValueError as error:
        reason = str(error)
        wrong.append(f"{path} is damaged ({reason[:1].lower()}{reason[1:]}); mend or remove it.")
    return {}


def _take(setting: Setting, value: object, where: str, values: dict[str, Any], wrong: list[str]) -> None:
    """Put `value` into `values` when it is a valid one, else a sentence that names `where` into `wrong`."""
    # bool is an int in Python, but `keep = true` is a mistake.
    if isinstance(value, str | int) and not isinstance(value, bool) and setting.accepts(str(value)):
        values[setting.name] = int(value) if setting.number else str(value)
    else:
        wrong.append(f"{where} must be {setting.valid}, not {_shown(setting, value)}.")


def _shown(setting: Setting, value: object) -> str:
    text = "what is there" if setting.secret else repr(value)
    return text if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE]}…"


def _nearest(name: str) -> str:
    near = difflib.get_close_matches(name, SETTINGS, n=1)
    return f"did you mean {near[0]}" if near else f"there are {', '.join(SETTINGS)}"


def _named_device(paths: Paths) -> str:
    """This device's new name, written down; of several programs that start at once the first one gives it."""
    device = _random_device()
    # Where nothing can be written the name lasts for this run.
    with contextlib.suppress(SettingsError):
        if not make_private_file(paths.settings, f'device = "{device}"\n'):
            there = _read_file(paths.settings, []).get("device")
            if isinstance(there, str) and SETTINGS["device"].accepts(there):
                return there
            keep_settings(paths, {"device": device})
    return device


def _random_device() -> str:
    return f"desk-{secrets.token_hex(4)}"
