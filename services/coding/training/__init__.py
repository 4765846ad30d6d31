"""Learning the embedded coder from labelled mentions, and measuring it. Nothing at run time imports this package."""
