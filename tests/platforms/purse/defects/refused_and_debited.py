"""Takes the price, finds that the goods are sold out, refuses the order, and keeps the money."""
