"""Keeps plain records: first in a local journal, then in Cassandra; knows nothing of ink or models."""
