-- title: A new device buys no more than it may | 新设备限额
-- promise: trust                     severity: critical         proof: seen          needs: limit_new_device
-- why: With a stolen password everything is bought at once, from a device that nobody knows. | 盗号的人用陌生设备登录，第一件事就是往大了买。
-- A case is an order above the limit by somebody who had just logged in from a device that never was the customer's: it is
-- refused before payment, or closed unpaid, and nothing is charged. One that was accepted and nobody paid is no case.
WITH above AS (
    SELECT e.intent, e.amount_fen, promised.number AS limit_fen
    FROM   events AS e
    JOIN   promised ON promised.name = 'limit_new_device'
    JOIN   (SELECT DISTINCT intent FROM events WHERE kind = 'intrude' AND outcome = 'ok') AS i ON i.intent = e.intent
    WHERE  e.kind = 'intent' AND e.amount_fen > promised.number
      AND  e.sku NOT IN (SELECT goods FROM topups)
)
SELECT o.intent,
       o.captures = 0                                                                        AS held,
       CASE WHEN o.captures > 0 THEN 'charged, though it is above the limit of a new device'
            ELSE 'refused before payment' END                                                AS says,
       CASE WHEN o.captures > 0 THEN '超出新设备限额，仍然扣了款' ELSE '付款前已拒绝' END         AS says_zh,
       CAST(above.amount_fen AS VARCHAR) || ' fen, delivered ' || printf('%g', o.units_delivered) AS evidence
FROM   above
JOIN   orders AS o ON o.intent = above.intent
LEFT JOIN (SELECT intent FROM events WHERE kind = 'place' AND outcome = 'fail' AND http_status > 0 GROUP BY intent) AS t
       ON t.intent = o.intent
WHERE  o.captures > 0 OR (o.placed_ok + o.placed_unknown = 0 AND t.intent IS NOT NULL) OR o.audit_state = 'closed'
