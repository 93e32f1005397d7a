"""`history export`: whole or not at all, over nothing that is there, each record at most once, and how far it came."""

from __future__ import annotations

import csv
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sample_records import START, make_record, make_records

from mnist_desktop.cli import main
from mnist_desktop.commands import history_entries, history_export
from mnist_desktop.ink.names import shown_name
from mnist_desktop.log import lines
from mnist_desktop.log.journal import Journal
from mnist_desktop.log.log import Cursor, Filters, Log, Page
from mnist_desktop.log.record import Record, first_id


@pytest.fixture
def records(home: Path) -> Sequence[Record]:
    """1,200 different readings in the log, oldest first, and a correction that was taken back."""
    made = [*make_records(1_199), make_record(corrected="")]
    save(home, made)
    return made


def save(home: Path, records: Sequence[Record]) -> None:
    journal = Journal(home / "journal.sqlite", "default")
    journal.save(records)
    journal.close()


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_every_record_is_written_once_newest_first_and_with_exactly_these_fields(
    records: Sequence[Record], tmp_path: Path
) -> None:
    out = tmp_path / "all.jsonl"
    assert main(["history", "export", str(out)]) == 0
    expected = [
        {
            "id": str(record.id),
            "time": record.time.isoformat().replace("+00:00", "Z"),
            "digit": record.digit,
            "label": record.label,
            "confidence": record.confidence,
            "verdict": record.verdict,
            "source": record.source.value,
            "name": record.name,
            "model": record.model,
            "corrected": record.corrected or None,
            "device": record.device,
            "delivered": False,
        }
        for record in records[::-1]
        if record.shown
    ]
    lines = out.read_text("utf-8").splitlines()
    assert [json.loads(line) for line in lines] == expected
    assert list(json.loads(lines[0])) == list(expected[0])


def test_both_kinds_of_file_hold_the_same(records: Sequence[Record], tmp_path: Path) -> None:
    chosen = ["--device", "red-fox", "--below", "0.5", "--since", "2026-03-10", "--until", "2026-05-01"]
    for name in ("some.csv", "some.jsonl"):
        assert main(["history", "export", str(tmp_path / name), *chosen]) == 0
    lines = [json.loads(line) for line in (tmp_path / "some.jsonl").read_text("utf-8").splitlines()]
    with (tmp_path / "some.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows == [{name: "" if value is None else str(value) for name, value in line.items()} for line in lines]
    since, until = (datetime.fromisoformat(text).astimezone() for text in ("2026-03-10", "2026-05-01"))
    filters = Filters(device="red-fox", below=0.5, since=since, until=until)
    assert [line["id"] for line in lines] == [str(record.id) for record in records[::-1] if filters.match(record)]


def test_what_comes_or_changes_meanwhile_is_written_at_most_once(
    records: Sequence[Record], tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really_page = Log.page

    def page_then_save(log: Log, cursor: Cursor | None, filters: Filters, limit: int = 100) -> Page:
        page = really_page(log, cursor, filters, limit)
        for entry in (page.entries[0], page.entries[-1], *page.entries[:3]):
            log.correct(entry.record.id, str(len(page.entries)))
        # The newest of all, and one that is older than everything that was already written.
        log.save_all([make_record(), make_record(page.entries[-1].record.time - timedelta(microseconds=1))])
        return page

    monkeypatch.setattr(Log, "page", page_then_save)
    out = tmp_path / "all.jsonl"
    assert main(["history", "export", str(out)]) == 0
    ids = [json.loads(line)["id"] for line in out.read_text("utf-8").splitlines()]
    assert len(ids) == len(set(ids))
    assert {str(record.id) for record in records if record.shown} <= set(ids)


def test_many_glyphs_are_spread_over_folders(
    records: Sequence[Record], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_export, "GLYPHS_IN_A_FOLDER", 500)
    folder = tmp_path / "new" / "glyphs"
    assert main(["history", "export", str(tmp_path / "all.csv"), "--glyphs", str(folder)]) == 0
    files = {file.relative_to(folder) for file in folder.rglob("*.png")}
    shown = [record for record in records[::-1] if record.shown]
    assert files == {
        Path(*([str(position // 500 + 1)] if position >= 500 else []), f"{record.id}.png")
        for position, record in enumerate(shown)
    }
    assert (folder / f"{shown[0].id}.png").read_bytes() == shown[0].glyph
    assert {one.name for one in folder.iterdir() if one.is_dir()} == {"2", "3"}
    # Once more, into the same folders.
    assert main(["history", "export", str(tmp_path / "all.csv"), "--glyphs", str(folder), "--force"]) == 0
    assert {file.relative_to(folder) for file in folder.rglob("*.png")} == files
    assert [name for name in left(folder) if name.startswith(".")] == []


def test_a_folder_with_files_takes_no_glyphs_unless_forced(
    records: Sequence[Record], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out = tmp_path / "pictures", tmp_path / "all.csv"
    folder.mkdir()
    (folder / "mine.png").write_text("mine")
    words = ["history", "export", str(out), "--limit", "3", "--glyphs", str(folder)]
    assert main(words) == 1
    assert capsys.readouterr().err == (
        f"mnist-desktop: The folder {folder} holds files already; --force writes into it.\n"
    )
    assert left(folder) == ["mine.png"]
    assert not out.exists()
    assert main([*words, "--force"]) == 0
    assert len(left(folder)) == 4
    assert (folder / "mine.png").read_text() == "mine"


@pytest.mark.parametrize("force", [[], ["--force"]])
def test_a_folder_is_no_file_to_write_to(
    records: Sequence[Record], tmp_path: Path, capsys: pytest.CaptureFixture[str], force: list[str]
) -> None:
    folder = tmp_path / "all.csv"
    folder.mkdir()
    assert main(["history", "export", str(folder), *force]) == 1
    assert capsys.readouterr().err == f"mnist-desktop: {folder} is a folder.\n"
    assert left(tmp_path) == ["all.csv"]


def test_a_file_that_comes_meanwhile_is_not_overwritten(
    records: Sequence[Record], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "all.csv"
    really = lines.fields_of
    monkeypatch.setattr(lines, "fields_of", lambda entry: (out.write_text("mine"), really(entry))[1])
    assert main(["history", "export", str(out)]) == 1
    assert "is there already" in capsys.readouterr().err
    assert out.read_text() == "mine"
    assert left(tmp_path) == ["all.csv"]


def test_a_link_that_leads_nowhere_is_not_overwritten(
    records: Sequence[Record], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "all.csv"
    out.symlink_to(tmp_path / "nowhere")
    assert main(["history", "export", str(out)]) == 1
    assert "is there already" in capsys.readouterr().err


# The file system of the kernel's settings takes no new file from anybody, not even from root, as whom CI runs.
@pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="there is no folder here that even root may not write")
def test_a_folder_that_may_not_be_written_is_one_sentence(
    records: Sequence[Record], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["history", "export", "/sys/all.csv"]) == 1
    assert capsys.readouterr().err == "mnist-desktop: /sys/all.csv could not be written (Permission denied).\n"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["all.csv"], "all.csv could not be written (File too large)."),
        (
            ["all.jsonl", "--glyphs", "glyphs", "--until", "2026-06-01"],
            "The glyphs could not be written to glyphs (File too large).",
        ),
    ],
)
def test_a_disk_that_takes_no_more_is_one_sentence_and_leaves_nothing(
    home: Path, tmp_path: Path, words: list[str], complaint: str
) -> None:
    # A limit on the size of files ends a write as a full disk does; reading a journal takes a file of 32 kB.
    limit = 40_000
    save(home, [*(make_record() for _ in range(600)), make_record(START, glyph=bytes(limit + 1))])
    done = subprocess.run(
        [sys.executable, "-m", "mnist_desktop", "history", "export", *words],
        cwd=tmp_path, capture_output=True, text=True, check=False,
        # What Python compiled would be cut off like every other file, and stay so.
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1] == f"mnist-desktop: {complaint}"
    assert "Traceback" not in done.stderr
    assert left(tmp_path) == []


def test_ctrl_c_leaves_nothing_and_says_how_far_it_came(
    records: Sequence[Record], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[object] = []

    def interrupt(*_arguments: object) -> dict[str, object]:
        seen.append(_arguments)
        if len(seen) == 700:
            signal.raise_signal(signal.SIGINT)
        return dict.fromkeys(lines.FIELDS)

    monkeypatch.setattr(lines, "fields_of", interrupt)
    assert main(["history", "export", str(tmp_path / "all.csv"), "--glyphs", str(tmp_path / "glyphs")]) == 130
    said = capsys.readouterr().err
    reached = [record for record in records[::-1] if record.shown][999].time
    assert said == (
        f"mnist-desktop: Stopped; nothing was written. It had come back to {history_entries.date(reached)}.\n"
    )
    assert left(tmp_path) == []


@pytest.fixture
def shallow(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """Each page looks no further back than 20 days, as if there were very many records; says how far each came."""
    really_page, reached = Log.page, []

    def page(log: Log, cursor: Cursor | None, filters: Filters, limit: int = 100) -> Page:
        bottom = (START if cursor is None else cursor.time) - timedelta(days=20)
        found = really_page(log, cursor, replace(filters, since=bottom), limit)
        if found.cursor is None and bottom > START - timedelta(days=420):
            reached.append(bottom)
            return replace(found, cursor=Cursor(before=first_id(bottom)))
        return found

    monkeypatch.setattr(Log, "page", page)
    return reached


def test_a_search_that_finds_nothing_says_how_far_it_is_and_goes_on(
    home: Path, capsys: pytest.CaptureFixture[str], shallow: list[datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_entries, "TELL_SECONDS", 0.0)
    oldest = make_record(START - timedelta(days=399), name="the needle.png")
    save(home, [oldest, *(make_record(START - timedelta(days=day)) for day in range(390))])
    assert main(["history", "list", "--name", "needle", "--json"]) == 0
    captured = capsys.readouterr()
    assert [json.loads(line)["id"] for line in captured.out.splitlines()] == [str(oldest.id)]
    empty = [day for day in shallow if day > oldest.time]
    assert len(empty) == 19
    said = [f"mnist-desktop: Searched back to {history_entries.date(day)}, and goes on." for day in empty]
    assert captured.err.splitlines()[: len(said)] == said


def test_ctrl_c_ends_a_search_in_order_and_says_how_far_it_came(
    home: Path, capsys: pytest.CaptureFixture[str], shallow: list[datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    save(home, [make_record(START - timedelta(days=day)) for day in range(390)])
    shallow_page = Log.page

    def page(log: Log, cursor: Cursor | None, filters: Filters, limit: int = 100) -> Page:
        if len(shallow) == 5:
            signal.raise_signal(signal.SIGINT)
        return shallow_page(log, cursor, filters, limit)

    monkeypatch.setattr(Log, "page", page)
    assert main(["history", "list", "--name", "needle"]) == 130
    last = capsys.readouterr().err.splitlines()[-1]
    assert last == f"mnist-desktop: Stopped. It had come back to {history_entries.date(shallow[4])}."


@pytest.mark.parametrize("comes_back", [True, False])
def test_an_export_that_loses_cassandra_tries_again_and_then_says_what_it_lacks(
    records: Sequence[Record],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    comes_back: bool,
) -> None:
    monkeypatch.setenv("MNIST_DESKTOP_CASSANDRA", "127.0.0.1:1")
    really_page, asked = Log.page, []

    def page(log: Log, cursor: Cursor | None, filters: Filters, limit: int = 100) -> Page:
        asked.append(cursor)
        # It does not answer the second question.
        connected = len(asked) == 1 or (comes_back and len(asked) > 2)
        return replace(really_page(log, cursor, filters, limit), connected=connected)

    monkeypatch.setattr(Log, "page", page)
    out = tmp_path / "all.jsonl"
    assert main(["history", "export", str(out)]) == (0 if comes_back else 1)
    assert asked[1] == asked[2]
    assert asked[1] is not None
    complaints = capsys.readouterr().err.splitlines()
    since = f"mnist-desktop: These are this computer's records only from {history_entries.date(asked[1].time)} back: "
    assert [line.startswith(since) for line in complaints] == ([] if comes_back else [True])
    assert len(out.read_text("utf-8").splitlines()) == len([record for record in records if record.shown])


@pytest.mark.parametrize("action", [["list"], ["export", "all.csv"]])
@pytest.mark.parametrize(("since", "until"), [("2026-03-02", "2026-03-01"), ("2026-03-01", "2026-03-01")])
def test_an_end_before_the_beginning_is_one_sentence(
    capsys: pytest.CaptureFixture[str], action: list[str], since: str, until: str
) -> None:
    assert main(["history", *action, "--since", since, "--until", until]) == 2
    assert capsys.readouterr().err == "mnist-desktop: --until must be later than --since.\n"


@pytest.mark.parametrize("words", [["--since", "0001-01-02"], ["--until", "9999-12-30"]])
def test_times_that_no_record_can_have_bound_nothing(
    records: Sequence[Record], capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    assert main(["history", "list", "--json", "--limit", "5", *words]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 5


@pytest.mark.parametrize("word", ["2026-13-01", "2026-02-30", "10:00", "0", "", "-1", "2026-03-01T25:00", "tomorrow"])
@pytest.mark.parametrize("bound", ["--since", "--until"])
def test_a_date_that_makes_no_sense_is_a_usage_error(capsys: pytest.CaptureFixture[str], bound: str, word: str) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["history", "list", f"{bound}={word}"])
    assert caught.value.code == 2
    assert "is no time such as" in capsys.readouterr().err


def test_names_of_any_kind_stay_on_their_line(home: Path, tmp_path: Path) -> None:
    name = shown_name("a\nb\u202e\udcff.png")
    save(home, [make_record(name=name)])
    for file in ("all.csv", "all.jsonl"):
        assert main(["history", "export", str(tmp_path / file)]) == 0
    assert json.loads((tmp_path / "all.jsonl").read_text("utf-8"))["name"] == name
    assert len((tmp_path / "all.csv").read_text("utf-8").splitlines()) == 2
