"""A run while it goes on: what its journals say so far, thresholds that end it early, and a page to look at.

    journals/*.ndjson --tail--> tally.py --> watch.py    in the supervisor: has a threshold been crossed?
                                         --> server.py   a process of its own: the page, its numbers, /metrics
                      --copies-> laws.py                 counts of the laws so far, every few seconds

Nothing here can fail a run but a threshold that the scenario asked for. The page is a process that reads files.
"""
