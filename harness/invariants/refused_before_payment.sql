-- title: What is refused is refused before payment | 不能卖的，付款前就拒绝
-- promise: trust                     severity: major            proof: seen          needs: limits
-- why: A limit that is looked at after the payment takes money for what will not be sold, and lets the customer wait for it. | 付款之后才查限额，等于收了不卖的钱，还让客户等退款。
-- A case is an order above the limit of a customer without a real name: it is refused, or closed unpaid, and nothing is
-- charged. One that was accepted and nobody paid is no case, since the refusal may still have come.
WITH above AS (
    SELECT e.intent, e.amount_fen, promised.number AS limit_fen
    FROM   events AS e
    JOIN   promised ON promised.name = 'limit_unverified'
    WHERE  e.kind = 'intent' AND e.state = 'unnamed' AND e.intent IS NOT NULL AND e.amount_fen > promised.number
      AND  e.sku NOT IN (SELECT goods FROM topups)
)
SELECT o.intent,
       o.captures = 0                                                                        AS held,
       CASE WHEN o.captures > 0 THEN 'charged, though it is above the limit'
            ELSE 'refused before payment' END                                                AS says,
       CASE WHEN o.captures > 0 THEN '超出限额，仍然扣了款' ELSE '付款前已拒绝' END             AS says_zh,
       CAST(above.amount_fen AS VARCHAR) || ' fen, charged ' || CAST(o.captured_fen AS VARCHAR) || ' fen, last shown as '
           || COALESCE(o.audit_state, 'nothing')                                             AS evidence
FROM   above
JOIN   orders AS o ON o.intent = above.intent
WHERE  o.captures > 0 OR o.placed_ok + o.placed_unknown = 0 OR o.audit_state = 'closed'
