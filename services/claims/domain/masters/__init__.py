"""Fee-schedule masters: what the official files say, row by row and field by field."""
