"""Takes the phone of the account beside for every third top-up: the money is in somebody else's wallet."""
