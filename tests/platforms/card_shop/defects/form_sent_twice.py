"""Makes an order of each form that comes, also of one that has come before."""
