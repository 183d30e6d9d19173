"""Operators that hand goods out, one dialect a file."""
