"""From a stranger's Keras file to a model folder, checked and converted in a confined child process."""
