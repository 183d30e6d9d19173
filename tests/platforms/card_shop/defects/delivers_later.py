"""Says "success" to a notification, and gives the card a second later, out of its memory."""
