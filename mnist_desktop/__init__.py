"""MNIST Desktop: from a drawn or photographed digit to a reading, and from a reading to a log that loses nothing."""

__version__ = "0.1.0"
