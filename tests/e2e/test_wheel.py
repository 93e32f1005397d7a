"""The built wheel, installed alone, reads a digit with what it carries."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]

SEVEN = {"strokes": [[[60, 40], [110, 38], [165, 42], [130, 120], [105, 200], [95, 240]]]}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built without a network by the build backend of this environment."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(CHECKOUT))
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs' folder of a new environment that holds the wheel, and borrows only its dependencies from here."""
    folder = tmp_path_factory.mktemp("installed")
    run(sys.executable, "-m", "venv", "--without-pip", str(folder))
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    run(
        *(sys.executable, "-m", "pip", "--python", str(scripts / "python")),
        *("install", "--no-index", "--no-deps", "--quiet", str(wheel)),
    )
    # Named in a .pth, the folder is searched after the wheel's own, and its own .pth, which leads to the checkout, is
    # not followed.
    library = run(str(scripts / "python"), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    (Path(library) / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return scripts


def test_the_wheel_carries_model_resources_and_compose_file(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    shipped = "mnist_desktop/_shipped"
    assert {
        f"{shipped}/docker-compose.cassandra.yml",
        *(f"{shipped}/model/digits/{name}" for name in ("model.tflite", "model.keras", "card.json")),
        "mnist_desktop/log/schema.cql",
        "mnist_desktop/py.typed",
    } <= names
    resources = [path for path in (CHECKOUT / "resources").rglob("*") if path.is_file()]
    assert resources
    assert not [path for path in resources if path.suffix in (".py", ".pyc")], "what makes the samples is in tools/"
    assert {f"{shipped}/{path.relative_to(CHECKOUT).as_posix()}" for path in resources} <= names
    assert not [name for name in names if name.startswith("tests/") or name.endswith(".pyc")]


def test_the_wheel_alone_reads_a_digit_and_logs_it(installed: Path, tmp_path: Path, home: Path) -> None:
    drawing = tmp_path / "seven.json"
    drawing.write_text(json.dumps(SEVEN))
    code = "import mnist_desktop; print(mnist_desktop.__file__)"
    assert Path(run(str(installed / "python"), "-c", code, cwd=tmp_path).strip()).is_relative_to(installed.parent)
    answer = json.loads(run(str(installed / "mnist-desktop"), "predict", "--json", str(drawing), cwd=tmp_path))
    assert (answer["digit"], answer["label"], answer["verdict"]) == (7, "7", "digit")
    logged = json.loads(run(str(installed / "mnist-desktop"), "history", "list", "--json", cwd=tmp_path))
    assert (logged["id"], logged["digit"], logged["delivered"]) == (answer["id"], 7, False)


def test_the_wheel_alone_shows_its_samples_in_the_real_window(installed: Path, tmp_path: Path) -> None:
    picture = tmp_path / "demo.png"
    run(str(installed / "mnist-desktop"), "demo", "--screenshot", str(picture), cwd=tmp_path)
    assert picture.read_bytes().startswith(b"\x89PNG")


def run(*command: str, cwd: Path | None = None) -> str:
    """What `command` prints; a failure shows what it said."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
    return done.stdout
