"""The command line `seikyu`: what hospitals, payers and operators do from a terminal."""
