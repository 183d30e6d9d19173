"""Gives what was paid through the gateway back into the wallet, and through the gateway as well."""
