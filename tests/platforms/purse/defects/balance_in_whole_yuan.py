"""Shows the balance without its fen."""
