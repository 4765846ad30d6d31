"""What banks say: files taken in, matches, alarms; assigned banks and their holidays."""
