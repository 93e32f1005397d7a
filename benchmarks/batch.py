"""A folder of photographs read by `predict` from beginning to end, against decoding the same files with Pillow.

`python benchmarks/batch.py` photographs the sample drawings, in three sizes, with a camera's noise. Each folder is read
in turn with decoding it, as processes of their own; the start of the program, measured on one small picture, is taken
off. The last line is the memory that a hundred files take at most, and thousands (on Linux). Exit code 1 when that or
the photographs of twelve megapixels are above their limit; smaller ones cost the decoder less, the reader as much.
"""

from __future__ import annotations

import argparse
import io
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from mnist_desktop.evaluation.data import Subject
from mnist_desktop.evaluation.photographs import photographs
from mnist_desktop.ink.drawing import read_ink_file
from mnist_desktop.paths import shipped

SIZES = {"12 megapixels": (4000, 3000), "3 megapixels": (2048, 1536), "0.8 megapixels": (1024, 768)}

PROMISED = 2.5
"""Reading over decoding, at the most, for the largest."""

NOISE = 4.0
"""Standard deviation of a camera's noise in levels: it is most of what a decoder has to unpack."""

MOST_GROWTH = 20.0
"""Megabytes that thousands of files may take more than a hundred."""

DECODE = """
import sys
from pathlib import Path
from PIL import Image
for file in sorted(Path(sys.argv[1]).iterdir()):
    with Image.open(file) as image:
        image.load()
"""


# Not getrusage: what that says of a child begins with what its parent had.
MEMORY = """
import re, sys
from pathlib import Path
from mnist_desktop.cli import main
main(sys.argv[1:])
print(re.search("VmHWM: *([0-9]+)", Path("/proc/self/status").read_text().replace(chr(9), " "))[1], file=sys.stderr)
"""


def photograph_files(folder: Path, count: int, size: tuple[int, int], quality: int = 90) -> None:
    """`count` photographs of sample drawings, as JPEG files of one size."""
    drawings = [
        entry.drawing
        for file in sorted((shipped("resources") / "drawings").glob("*.json"))
        for entry in read_ink_file(file)
    ]
    subjects = [Subject(content=drawings[number % len(drawings)], label=0) for number in range(count)]
    for number, photograph in enumerate(photographs(subjects, seed=7)):
        with Image.open(io.BytesIO(photograph.jpeg)) as image:
            turned = size if image.width > image.height else size[::-1]
            large = np.asarray(image.resize(turned, Image.Resampling.BICUBIC), dtype=np.float32)
        noisy = large + np.random.default_rng(number).normal(0, NOISE, (*large.shape[:2], 1)).astype(np.float32)
        Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)).save(folder / f"{number:05}.jpg", quality=quality)


def seconds(words: Sequence[str]) -> float:
    """How long a process takes; its output goes nowhere."""
    start = time.perf_counter()
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def predict(*files: Path) -> list[str]:
    """The command line that reads `files`."""
    return [sys.executable, "-m", "mnist_desktop", "predict", "--json", *map(str, files)]


def ratio(folder: Path, small: Path, rounds: int) -> float:
    """Median over `rounds` of reading ÷ decoding, each without its own start."""
    nothing = folder.parent / "nothing"
    nothing.mkdir(exist_ok=True)
    ratios = []
    for _ in range(rounds):
        decoding = seconds([sys.executable, "-c", DECODE, str(folder)])
        decoding -= seconds([sys.executable, "-c", DECODE, str(nothing)])
        reading = seconds(predict(folder)) - seconds(predict(small))
        ratios.append(reading / decoding)
    return statistics.median(ratios)


def most_memory(files: int, folder: Path) -> float:
    """Megabytes that `predict` takes at most on so many files of the same picture."""
    several = folder / str(files)
    several.mkdir()
    picture = shipped("resources") / "pictures" / "2_transparent.png"
    for number in range(files):
        (several / f"{number:05}.png").symlink_to(picture)
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, *predict(several)[3:]],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    return int(done.stderr.splitlines()[-1]) / 1024


def main() -> int:
    """Print the ratio of each size and the memory; 1 when one of them is above its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=40, help="photographs of each size")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--files", type=int, default=2_000)
    arguments = parser.parse_args()
    failed = False
    with tempfile.TemporaryDirectory() as place:
        os.environ |= {"MNIST_DESKTOP_HOME": place, "MNIST_DESKTOP_CASSANDRA": "off"}
        small = shipped("resources") / "pictures" / "2_transparent.png"
        for name, (width, height) in SIZES.items():
            folder = Path(place) / f"{width}"
            folder.mkdir()
            photograph_files(folder, arguments.count, (width, height))
            found = ratio(folder, small, arguments.rounds)
            limit = f" (at most {PROMISED})" if name == next(iter(SIZES)) else ""
            failed |= bool(limit) and found > PROMISED
            print(f"{name:15} reading ÷ decoding {found:5.2f}{limit}", flush=True)
        few, many = (most_memory(count, Path(place)) for count in (100, arguments.files))
        failed |= many - few > MOST_GROWTH
        print(f"{few:.0f} MB for 100 files, {many:.0f} MB for {arguments.files:,} (at most {MOST_GROWTH:.0f} MB more)")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
