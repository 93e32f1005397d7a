"""From strokes or pixels to the glyph that a model sees; knows no window, no TensorFlow and no database."""
