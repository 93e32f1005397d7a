"""The files by which the program and its confined child process speak with each other."""

from __future__ import annotations

STRANGER = "stranger"
"""A copy of the file that is to be imported."""
REQUEST = "request.json"
SAMPLES = "samples.npz"
ANSWER = "answer.json"
STAGE = "stage"
"""Which of STAGES the child is at."""
FINISHED = "finished"
"""The model folder, until it moves to its place."""

STAGES = ("reading", "building", "trying", "converting")
"""What the child does, in this order."""
