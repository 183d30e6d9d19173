"""Answers success, calls the top-up done, and for every third one forgets to credit it."""
