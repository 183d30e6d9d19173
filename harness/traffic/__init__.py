"""Customers: when they come, who they are, what they want, and how they behave.

    arrivals   when intents begin: an open-model schedule that does not slow down when the platform does
    people     the customers with accounts on the platform
    intents    what intent k wants: a pure function of the seed and k
    personas   how a customer behaves, one file each; generators of steps, without I/O
    steps      the vocabulary between a persona and whoever carries its steps out
    customer   carries steps out over a transport and writes the customer's ledger
    sessions   logs the customers in and keeps their tokens
    transport  HTTP/1.1 over gevent sockets, which knows what was sent and what was not
    crowd      one worker's share: log in, wait for the start, let every intent live at its instant
    job        what the supervisor tells the workers
    locustfile the one module that imports locust

Every worker holds the same schedule and takes the intents whose number modulo the number of workers is its
own, so that an intent is the same with 1 worker or 64.
"""
