"""Gives a failed order back when the operator refuses it, and again when a job finds it refused."""
