"""Takes an operator's lost answer for a refusal: the money is back in the wallet, and the goods come all the same."""
