"""From strokes or pixels to the glyph that a model sees; knows no window, no TensorFlow and no database."""

from mnist_desktop.ink.deferred_imports import defer_imports

defer_imports()
