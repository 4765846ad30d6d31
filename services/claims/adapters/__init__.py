"""How claims speak to Postgres, to Kafka's messages, to settlement and to telemetry."""
