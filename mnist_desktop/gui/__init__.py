"""The window: shows state, emits what the person did, computes nothing; the only place that imports PySide6."""

from mnist_desktop.gui.sources import leave_sources_unread

# Before any other module of it.
leave_sources_unread()
