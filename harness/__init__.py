"""recharge-chaos: finds lost, doubled and mispaid orders of recharge platforms before a customer does."""
