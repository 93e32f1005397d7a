"""Measures a model folder through `mnist-desktop evaluate`, and writes what comes out into its card, under `metrics`.

`python tools/record_metrics.py --data DIR FOLDER mnist writers-kept-out.jsonl` measures DIR/mnist and the other; in the
card each stands with the command that a person types to see the same.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mnist_desktop.recognition.models import CARD

FIGURES = ("count", "accuracy", "unsure", "ece")

PLACES = 5
"""Decimal places that are kept."""


def measured(folder: Path, data: Path) -> dict[str, Any]:
    """What `evaluate --json` says of the model in `folder` and `data`."""
    words = ["evaluate", "--json", "--model", str(folder), str(data)]
    done = subprocess.run([sys.executable, "-m", "mnist_desktop", *words], capture_output=True, check=True, text=True)
    fields: dict[str, Any] = json.loads(done.stdout)
    return fields


def record(folder: Path, data: Path, names: Iterable[str]) -> dict[str, Any]:
    """Measure the data sets called `names` below `data` and put them into the card, beside those that it has."""
    card = json.loads((folder / CARD).read_text("utf-8"))
    metrics: dict[str, Any] = card.get("metrics", {})
    for name in names:
        fields = measured(folder, data / name)
        command = f"mnist-desktop evaluate --model {folder.name} DIR/{name}"
        metrics[name] = {"command": command, **{each: round(fields[each], PLACES) for each in FIGURES}}
    # The checksums stay last, where every card has them.
    sha256 = card.pop("sha256")
    (folder / CARD).write_text(
        json.dumps({**card, "metrics": metrics, "sha256": sha256}, indent=1, ensure_ascii=False) + "\n", "utf-8"
    )
    return metrics


def main() -> None:
    """Measure, record, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the folder of the data sets")
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the model folder")
    parser.add_argument("names", nargs="+", metavar="NAME", help="data sets in DIR")
    arguments = parser.parse_args()
    for name, figures in record(arguments.folder, arguments.data, arguments.names).items():
        print(f"{name}: {figures['accuracy']:.2%} of {figures['count']} right, unsure of {figures['unsure']:.2%}")


if __name__ == "__main__":
    main()
