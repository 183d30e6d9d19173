"""Shows a failed order as refunded, and for every second one forgets to credit it."""
