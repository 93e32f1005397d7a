"""Photographs of digits made otherwise than by `mnist_desktop/evaluation/photographs.py`: to check, never to tune."""
