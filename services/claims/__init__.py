"""Claims: a claim's life from received to final; identities; fee-schedule masters; adjudication."""
