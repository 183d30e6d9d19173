"""Leaves the next card of the stock in a comment of the page that asks to pay, where no customer sees it."""
