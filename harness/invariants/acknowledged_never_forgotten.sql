-- title: What was acknowledged is never forgotten | 应答过的通知不能忘
-- promise: trust                     severity: critical
-- why: After the acknowledgement nobody tells again; an order that is still unpaid then stays so for ever. | 应答之后渠道不会再通知，此时还没记账的订单就永远没人管了。
-- A case is a payment of the price whose notification was acknowledged. At the final read its order must be past
-- "unpaid"; a closed order's money must have gone back once its time is up.
SELECT t.intent,
       CASE WHEN o.owed_fen = 0 THEN TRUE
            WHEN o.audit_state IN ('paid', 'delivering', 'refunding', 'delivered', 'refunded') THEN TRUE
            WHEN o.audit_state = 'unpaid' OR (o.audit_state = 'closed' AND o.time_up) THEN FALSE END AS held,
       CASE WHEN o.audit_state IN ('unpaid', 'closed') AND o.owed_fen > 0
            THEN 'the notification was acknowledged, and the order is still ' || o.audit_state
            ELSE 'acknowledged, and booked' END                                              AS says,
       CASE WHEN o.audit_state IN ('unpaid', 'closed') AND o.owed_fen > 0
            THEN '通知已应答，订单却仍是 ' || o.audit_state
            ELSE '已应答，也已记账' END                                                       AS says_zh,
       t.channel || ' ' || t.ref || ', acknowledged ' || CAST(t.acks AS VARCHAR) || ' times' AS evidence
FROM   trades AS t
JOIN   orders AS o ON o.intent = t.intent
WHERE  t.acks > 0 AND t.captured_fen = o.price_fen AND o.orders_made = 1 AND o.lies = 0
  AND  t.first_ack_answered_ns < o.settled_ns
