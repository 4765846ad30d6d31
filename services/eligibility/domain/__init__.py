"""Rules of cover and copay. Pure."""
