"""Credits what was ordered, whatever was paid for it."""
