-- keep: table
-- One row: when the run's phases began, and the platform's promise in real nanoseconds. A run that was killed has no
-- later phases, and their times are NULL. `nameless_deliveries` went to no account and belong to no known order.
SELECT plan.run                                                              AS run,
       plan.time_scale                                                       AS time_scale,
       plan.settle_within_ns                                                 AS settle_within_ns,
       MIN(CASE WHEN e.state = 'load' THEN e.time_ns END)                    AS begun_ns,
       MIN(CASE WHEN e.state = 'heal' THEN e.time_ns END)                    AS healed_ns,
       MIN(CASE WHEN e.state = 'audit' THEN e.time_ns END)                   AS settled_ns,
       COUNT(CASE WHEN e.kind = 'delivered' THEN 1 END)                      AS nameless_deliveries
FROM   plan
LEFT JOIN (
    SELECT kind, state, time_ns
    FROM   events
    WHERE  intent IS NULL AND (kind = 'phase' OR (kind = 'delivered' AND account = ''))
) AS e ON TRUE
GROUP BY plan.run, plan.time_scale, plan.settle_within_ns
