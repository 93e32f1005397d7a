"""The window: shows state, emits what the person did, computes nothing; the only place that imports PySide6."""
