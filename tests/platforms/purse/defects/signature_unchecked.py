"""Believes whoever says that a top-up or an order was paid."""
