"""Names of drugs and procedures, coded from their masters."""
