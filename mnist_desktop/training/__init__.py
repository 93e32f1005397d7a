"""From data sets to a model folder; the one package whose work is done by TensorFlow."""
