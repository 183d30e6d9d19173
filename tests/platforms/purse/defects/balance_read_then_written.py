"""Looks at the balance, asks risk control, and takes the price: two orders at once both find enough."""
