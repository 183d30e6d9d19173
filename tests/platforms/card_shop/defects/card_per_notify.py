"""Gives a card for each notification, whatever the order's state is."""
