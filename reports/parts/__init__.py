"""What the formats share.

finished  the run directory as it was read
words     every label in English and Chinese, and how numbers are written
clean     strings of unknown origin, made safe to look at
headline  the verdict as one sentence
findings  equal findings told once
commands  how to go on
money     how much money the orders stood for
series    placed, paid, delivered and latencies over time
chart     those series as geometry
story     one order across the four ledgers
diagram   that story as geometry
page      the template environment and its filters
"""
