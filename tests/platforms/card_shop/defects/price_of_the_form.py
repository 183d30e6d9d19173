"""Takes the price from the hidden field of its own form, in which it was shown."""
