-- title: Nobody is refused within the limit | 限额以内不得拒绝
-- promise: trust                     severity: major            needs: refusals.limit
-- why: A limit that also stops those whom it is not for turns customers away. | 限额误伤，等于把正常客户拒之门外。
-- A case is an order of a customer who has given a real name, or within the limit of those who have not: one of its
-- placings was accepted. Only what was refused for the limit, as the target file says (stock may run out), each time, and never left without an answer, was turned away; a platform
-- whose connections or process were struck may have had to.
WITH kept AS (
    SELECT COUNT(*) AS times FROM events WHERE (kind = 'connection' AND struck) OR (kind = 'strike' AND detail <> '{}')
),
within AS (
    SELECT e.intent
    FROM   events AS e
    JOIN   promised ON promised.name = 'limit_unverified'
    WHERE  e.kind = 'intent' AND e.intent IS NOT NULL AND (e.state <> 'unnamed' OR e.amount_fen <= promised.number)
),
answered AS (
    SELECT intent, COUNT(CASE WHEN outcome = 'fail' AND state = 'limit' THEN 1 END) AS refusals
    FROM   events
    WHERE  kind = 'place' AND intent IS NOT NULL
    GROUP BY intent
)
SELECT o.intent,
       CASE WHEN o.placed_ok > 0 THEN TRUE
            WHEN kept.times = 0 AND o.strikes_met = 0 THEN FALSE END                         AS held,
       CASE WHEN o.placed_ok > 0 THEN 'accepted' ELSE 'refused, though it is within the limit' END AS says,
       CASE WHEN o.placed_ok > 0 THEN '已受理' ELSE '限额以内仍被拒绝' END                     AS says_zh,
       CAST(a.refusals AS VARCHAR) || ' refusals'                                            AS evidence
FROM   within
JOIN   orders AS o ON o.intent = within.intent
JOIN   answered AS a ON a.intent = within.intent
CROSS JOIN kept
WHERE  o.placed_ok > 0 OR (a.refusals > 0 AND o.placed_unknown = 0)
