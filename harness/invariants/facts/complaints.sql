-- keep: view
-- A row per word about a complaint that the gateway's own book knows: `told` by the customer (raise, add, continue), or
-- the platform's (respond, complete, approve_refund, reject_refund). There is one complaint a trade (`ref`) at most.
SELECT intent, order_no, channel, ref, time_ns, state AS act, kind = 'complained' AS told
FROM   events
WHERE  kind IN ('complained', 'answered')
