"""Gives the card to whoever opens the return page, since the gateway leads there only those who have paid."""
