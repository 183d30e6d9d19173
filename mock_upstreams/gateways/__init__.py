"""Payment gateways, one dialect a file."""
