"""The vocabulary that every part shares; imports nothing of ours.

units     how people write durations, rates, shares and money
event     one row of every journal
journal   appends events to a file, reads them back, finds gaps
chance    keyed chance: the same seed strikes the same orders
identity  accounts that carry their intent's number
delivery  the four legs, and one planned delivery on one of them
verdict   PASS, FAIL, INCONCLUSIVE
clock     wall time, and upstream time scaled
folder    a kind is a file in a folder
errors    every way to end a run, with its exit code
"""
