"""A real small recharge platform in a process of its own: the honest target.

    python -m harness.targets.reference --port P --config FILE --db PATH [--cache URL] [--stock FILE] [--settings JSON]
        [--defect NAME]...

    customer --> app --> shop           orders: accounts, prices, idempotent placing, status
                          payment_desk  gateways: create, notify, poll, expiry
                          delivery_desk operators: submit, ask, fail over
                          refund_desk   gateways: money back, until confirmed
                          stock_desk    cards of our own: one card to one buyer
                          risk_desk     limits before payment, announced holds after it
                          promise_desk  compensation for late memberships, notice before they lapse
                          corrections   redelivery, mended accounts
                          complaint_desk  complaints at the gateways, answered and ended
                          cache_desk    readings of orders, shown again while they are surely true
                          bill_desk     the bill of a day, line by line
                              |
                          outbox        durable tasks; workers pick up where they were after a crash
                          database      one short transaction per step of the business

It shares no code with the harness: it is a platform like any other, that happens to be honest. `defects/` holds
one mistake a file, each a small override of one of these components.
"""
