"""A model that is only named by its folder is a stranger's: LiteRT reads it in a confined process."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from mnist_desktop.cli import main
from mnist_desktop.ink.drawing import Drawing, Stroke
from mnist_desktop.ink.glyph import Glyph
from mnist_desktop.paths import shipped
from mnist_desktop.recognition.child import COUNT
from mnist_desktop.recognition.classifier import ModelError
from mnist_desktop.recognition.confined import ConfinedClassifier
from mnist_desktop.recognition.litert import BATCH, LiteRTClassifier
from mnist_desktop.recognition.models import CARD, LITERT_FILE, Model, find_model, look_at_models
from mnist_desktop.recognition.reader import open_reader

SAMPLE = shipped("resources") / "pictures" / "4_on_paper.jpg"

CRASHING = 32_168
"""Where the softmax model's LiteRT file is damaged."""

PATIENT = """
import sys, threading
from pathlib import Path
from mnist_desktop.recognition import confined, litert
confined.PATIENCE = 1
litert.LiteRTClassifier.probabilities = lambda *_: threading.Event().wait()
confined.main(Path(sys.argv[1]))
"""


@pytest.fixture
def confined(copied_model: Path) -> Iterator[ConfinedClassifier]:
    with closing(ConfinedClassifier(find_model(str(copied_model), []))) as classifier:
        yield classifier


def glyphs(count: int) -> list[Glyph]:
    levels = np.random.default_rng(5).integers(0, 2, (count, 28, 28), dtype=np.uint8) * 255
    return [Glyph(levels=each) for each in levels]


def test_what_lies_elsewhere_than_the_users_and_the_shipped_models_is_a_strangers(copied_model: Path) -> None:
    elsewhere, near = copied_model, shipped("model") / "digits"
    search = [shipped("model")]
    assert find_model(str(elsewhere), search).stranger
    assert find_model(os.path.relpath(elsewhere, shipped("model")), search).stranger
    for name in ("digits", str(near), os.path.relpath(near)):
        assert not find_model(name, search).stranger
    assert not find_model("copy", [elsewhere.parent, *search]).stranger
    found = dict(look_at_models(search, chosen=str(elsewhere)))
    strangers = {name for name, one in found.items() if one.model is not None and one.model.stranger}
    assert strangers == {str(elsewhere)}


def test_it_answers_as_it_would_here(confined: ConfinedClassifier, model: Model) -> None:
    asked = glyphs(BATCH + 3)
    with closing(LiteRTClassifier(model)) as here:
        assert confined.predict(asked) == here.predict(asked)
    assert confined.predict([]) == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere the kernel does not tell")
def test_the_kernel_confines_its_process(confined: ConfinedClassifier) -> None:
    threads = list(Path(f"/proc/{confined._child.pid}/task").iterdir())
    assert threads
    for thread in threads:
        assert "\nSeccomp:\t2\n" in (thread / "status").read_text("ascii")
    limits = Path(f"/proc/{confined._child.pid}/limits").read_text("ascii").splitlines()
    assert any(line.split()[:4] == ["Max", "file", "size", "0"] for line in limits)


@pytest.mark.skipif(os.name != "posix", reason="Windows knows no sessions")
def test_ctrl_c_in_the_terminal_does_not_reach_its_process(confined: ConfinedClassifier) -> None:
    # A terminal sends it to its session's foreground group; what was drawn last is read before the window closes.
    assert os.getsid(confined._child.pid) != os.getsid(0)


def test_ctrl_c_while_it_loads_leaves_no_process(copied_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []

    def interrupted(self: ConfinedClassifier, _size: int) -> bytes:
        started.append(self._child)
        raise KeyboardInterrupt

    monkeypatch.setattr(ConfinedClassifier, "_receive", interrupted)
    with pytest.raises(KeyboardInterrupt):
        ConfinedClassifier(find_model(str(copied_model), []))
    assert [child.returncode is None for child in started] == [False]


def test_a_process_that_cannot_be_started_is_a_sentence(copied_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_words: object, **_options: object) -> None:
        raise OSError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr(subprocess, "Popen", refused)
    with pytest.raises(ModelError, match=r"^LiteRT could not be started .* \(Resource temporarily unavailable\)\.$"):
        ConfinedClassifier(find_model(str(copied_model), []))


def test_a_process_that_dies_is_a_sentence(confined: ConfinedClassifier, copied_model: Path) -> None:
    # As when native code reads where nothing is.
    confined._child.send_signal(signal.SIGSEGV)
    confined._child.wait()
    with pytest.raises(ModelError, match=f"^LiteRT could not use the model in {copied_model}.$"):
        confined.predict(glyphs(1))


@pytest.mark.skipif(not hasattr(signal, "alarm"), reason="this system ends no process after a time")
def test_an_answer_that_does_not_come_ends_the_process(copied_model: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PATIENT, str(copied_model)],
        input=COUNT.pack(1) + bytes(28 * 28 * 4), capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGALRM


def test_a_file_that_crashes_litert_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path(shutil.copytree(shipped("model") / "softmax", tmp_path / "crashing"))
    content = bytearray((folder / LITERT_FILE).read_bytes())
    # An offset that leads to itself: found by trying, and LiteRT 2 reads on from there until the system ends it.
    content[CRASHING : CRASHING + 4] = bytes(4)
    (folder / LITERT_FILE).write_bytes(content)
    card = json.loads((folder / CARD).read_text("utf-8"))
    card["sha256"][LITERT_FILE] = hashlib.sha256(content).hexdigest()
    (folder / CARD).write_text(json.dumps(card), "utf-8")
    assert main(["predict", "--no-log", "--model", str(folder), str(SAMPLE)]) == 1
    assert capsys.readouterr().err == f"mnist-desktop: LiteRT could not use the model in {folder}.\n"


def test_predict_reads_with_a_folder_as_with_the_model_of_that_name(
    copied_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = []
    for name in ("digits", str(copied_model)):
        assert main(["predict", "--no-log", "--model", name, str(SAMPLE)]) == 0
        said.append(capsys.readouterr())
    assert said[0] == said[1]


@pytest.mark.parametrize("engine", ["litert", "tensorflow"])
def test_both_engines_read_a_strangers_model_and_run_nothing_that_lies_beside_it(
    copied_model: Path, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(copied_model.parent)
    Path("numpy.py").write_text("raise SystemExit")
    with closing(open_reader(find_model(str(copied_model), []), engine)) as reader:
        assert reader.read_drawing(Drawing(strokes=(Stroke(points=((0, 0), (0, 90))),))).prediction is not None
