"""A small card shop in the manner of the PHP ones: sessions in cookies, forms with CSRF tokens, epay, cards of its own.

Written against the wire only: it shares no code with the harness.
"""
