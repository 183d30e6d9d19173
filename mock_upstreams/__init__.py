"""Mock payment gateways and operators: real wires, books that stay true, and strikes between.

    wire       HTTP/1.1 on asyncio.Protocol with httptools, and every way of answering badly
    dialect    how one upstream's wire looks; gateways/ and operators/ hold one file each
    exchange   the engine: request -> effect -> reply -> notify, strikes between
    ledger     the books: trades, refunds, supplier orders, money, cards
    notifier   ladders of notifications; caller is its HTTP client
    payer      the customers' bank app
    control    the control port
    server     ports, signals, one process

`python -m mock_upstreams` serves them by hand.
"""
