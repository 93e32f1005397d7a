"""README's line for cqlsh prints the last readings with a readable time, on a real server."""

from __future__ import annotations

import re
import subprocess
import sysconfig
from datetime import UTC, datetime
from pathlib import Path

from cassandra_node import CassandraServer
from sample_records import make_record

from mnist_desktop.log.log import Log

README = Path(__file__).parents[2] / "README.md"


def test_the_readmes_line_prints_the_last_readings(
    cassandra_server: CassandraServer, home: Path, log_name: str
) -> None:
    now = datetime.now(UTC)
    log = Log(cassandra_server.options(home / "journal.sqlite", log_name))
    try:
        log.start()
        assert log.save_all([make_record(now, digit=4, label="4"), make_record(now, name="sieben.png")])
        assert log.deliver(30).pending == 0
    finally:
        log.close()

    (query,) = re.findall(r'exec cassandra cqlsh -e "(.*?)"\n', README.read_text(encoding="utf-8"), flags=re.DOTALL)
    query = query.replace("mnist_desktop.", f"{cassandra_server.keyspace}.").replace("'default'", f"'{log_name}'")
    # The shell puts the month in, as it does for the reader.
    query = subprocess.run(["sh", "-c", f'printf %s "{query}"'], capture_output=True, text=True, check=True).stdout
    cqlsh = Path(sysconfig.get_path("scripts")) / "cqlsh"
    printed = subprocess.run(
        [cqlsh, "--no-color", "-e", query, cassandra_server.host, str(cassandra_server.port)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert re.search(rf"{now:%Y-%m-%d %H:%M:%S}.*\| +4 \| +4 \|.* canvas \|", printed), printed
    assert re.search(rf"{now:%Y-%m-%d %H:%M:%S}.*\| +7 \| +7 \|.* sieben\.png", printed), printed
    assert "(2 rows)" in printed
