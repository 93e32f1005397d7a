"""From a glyph to a prediction, and from a drawing or picture to a reading."""
