"""Writes the balance that it read before, less the price: of two orders at once one is never taken off."""
