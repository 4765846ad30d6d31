"""What every service stands on: the pure kernel and the impure chassis."""
