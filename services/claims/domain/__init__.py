"""What claims computes: the record format, arithmetic, adjudication. Nothing here awaits, logs or reads a clock."""
