"""Postgres, Kafka and the wire formats of settlement."""
