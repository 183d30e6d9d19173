-- keep: view
-- A row per answered status read of a customer, and per final read.
SELECT intent, order_no, kind, state, time_ns AS asked_ns, time_ns + took_us * 1000 AS shown_ns
FROM   events
WHERE  shown
