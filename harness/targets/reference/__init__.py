"""A real small recharge platform in a process of its own: the honest target.

    python -m harness.targets.reference --port P --config FILE --db PATH [--defect NAME]...

    customer --> app --> shop           orders: accounts, prices, idempotent placing, status
                          payment_desk  gateways: create, notify, poll, expiry
                          delivery_desk operators: submit, ask, fail over
                          refund_desk   gateways: money back, until confirmed
                              |
                          outbox        durable tasks; workers pick up where they were after a crash
                          database      one short transaction per step of the business

It shares no code with the harness: it is a platform like any other, that happens to be honest. `defects/` holds
one mistake a file, each a small override of one of these components.
"""
