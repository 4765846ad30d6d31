"""Pure values that every service shares: yen and points, ids, months, members, check digits."""
