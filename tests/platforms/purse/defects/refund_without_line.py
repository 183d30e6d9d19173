"""Adds a refund to the balance, and for every second one writes no line of it."""
