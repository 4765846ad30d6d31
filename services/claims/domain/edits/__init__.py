"""The edits: what the masters and the record specification let a machine decide about a receipt's treatment."""
