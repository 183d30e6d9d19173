"""Many runs instead of one: suites of scenarios, and the matrix of defects that scenarios must catch.

errand.py    one run in a process of its own, and what came of it
suite.py     scenarios/suites/NAME.yaml: scenarios and seeds, one after another
matrix.py    defects x scenarios that claim to catch them, and honest runs that must stay quiet
"""
