"""Measures a model through the very path that the window uses; needs no TensorFlow."""
