"""A Cassandra that asks for a password and speaks only encrypted: reached with the right settings, else explained."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cassandra_node import not_possible
from cassandra_process import Node, NotPossibleError, find_java
from sample_records import make_record

from mnist_desktop.log.cassandra import connect
from mnist_desktop.log.log import Log, LogOptions
from mnist_desktop.log.record import LogError

pytestmark = [pytest.mark.cassandra, pytest.mark.restarts]


def make_certificate(folder: Path, name: str) -> Path:
    """A key store for 127.0.0.1 named NAME.p12, and its certificate, NAME.pem, which is returned."""
    keytool = find_java().resolve().with_name("keytool")
    store = ["-keystore", str(folder / f"{name}.p12"), "-storetype", "PKCS12", "-storepass", "secret", "-alias", name]
    subprocess.run(
        [str(keytool), "-genkeypair", *store, "-keyalg", "EC", "-dname", "CN=tests", "-ext", "san=ip:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    certificate = folder / f"{name}.pem"
    subprocess.run(
        [str(keytool), "-exportcert", *store, "-rfc", "-file", str(certificate)], check=True, capture_output=True
    )
    return certificate


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LogOptions]:
    """The right settings for a node of this module's own."""
    folder = tmp_path_factory.mktemp("certificates")
    node: Node | None = None
    try:
        certificate = make_certificate(folder, "server")
        node = Node(
            settings=(
                "authenticator: PasswordAuthenticator",
                "client_encryption_options:",
                "  enabled: true",
                "  optional: false",
                f"  keystore: {folder / 'server.p12'}",
                "  keystore_password: secret",
                "  store_type: PKCS12",
            )
        )
        node.start()
    except NotPossibleError as error:
        if node is not None:
            node.remove()
        not_possible(error)
        raise
    yield LogOptions(
        journal=folder / "journal.sqlite",
        hosts=((node.address, node.port),),
        username="cassandra",
        password="cassandra",
        ca_file=certificate,
    )
    node.remove()


def test_the_right_settings_reach_it(guarded: LogOptions) -> None:
    log = Log(guarded)
    log.save(make_record())
    status = log.deliver(60)
    assert (status.connected, status.pending) == (True, 0), status.why
    log.close()


def test_a_wrong_password_is_one_sentence(guarded: LogOptions) -> None:
    with pytest.raises(LogError, match="does not accept the user name and password"):
        connect(replace(guarded, password="guess"), threading.Event())


def test_no_password_is_one_sentence(guarded: LogOptions) -> None:
    with pytest.raises(LogError, match="user name and password"):
        connect(replace(guarded, username=None, password=None), threading.Event())


def test_a_server_with_another_certificate_is_not_trusted(guarded: LogOptions, tmp_path: Path) -> None:
    stranger = make_certificate(tmp_path, "stranger")
    with pytest.raises(LogError, match="encrypted connection"):
        connect(replace(guarded, ca_file=stranger), threading.Event())


def test_speaking_openly_to_it_is_one_sentence(guarded: LogOptions) -> None:
    with pytest.raises(LogError) as raised:
        connect(replace(guarded, ca_file=None), threading.Event())
    assert str(raised.value).endswith(".")
    assert "\n" not in str(raised.value)
