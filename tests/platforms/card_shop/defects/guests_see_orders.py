"""Looks whose an order is if somebody is logged in, and shows it to whoever is not."""
