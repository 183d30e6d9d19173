-- keep: table                        needs: run              sliced by: intent
-- A row per intent that a published rule of lateness fits: how long it may take. What was in force when it was placed
-- counts: from the intended start to the platform's answer, and through whichever gateway it was to be paid or was; where
-- that makes a difference (a day began meanwhile), the more lenient one. No rows where there are no rules.
WITH told AS (
    SELECT intent, kind, sku, channel, time_ns, took_us
    FROM   events
    WHERE  (SELECT COUNT(*) FROM settle_rules) > 0 AND intent IS NOT NULL
      AND  (kind IN ('intent', 'captured') OR (kind = 'place' AND outcome = 'ok'))
),
wanted AS (SELECT intent, sku FROM told WHERE kind = 'intent'),
moments AS (
    SELECT intent, time_ns AS at_ns FROM told WHERE kind = 'intent'
    UNION
    SELECT intent, time_ns + took_us * 1000 FROM told WHERE kind = 'place'
),
ways AS (SELECT DISTINCT intent, channel FROM told WHERE kind <> 'place'),
fitting AS (
    SELECT w.intent, m.at_ns, p.channel, MIN(r.rank) AS rank
    FROM   wanted AS w
    JOIN   moments AS m ON m.intent = w.intent
    JOIN   ways AS p ON p.intent = w.intent
    LEFT JOIN settle_rules AS r
           ON (r.goods = '' OR r.goods = w.sku) AND (r.gateway = '' OR r.gateway = p.channel)
          AND m.at_ns >= r.from_ns AND m.at_ns < r.until_ns
    GROUP BY w.intent, m.at_ns, p.channel
)
SELECT f.intent, MAX(COALESCE(r.within_ns, run.settle_within_ns)) AS within_ns
FROM   fitting AS f
CROSS JOIN run
LEFT JOIN (SELECT rank, MAX(within_ns) AS within_ns FROM settle_rules GROUP BY rank) AS r ON r.rank = f.rank
GROUP BY f.intent
HAVING COUNT(f.rank) > 0
