-- One row: when the run's phases began, and the platform's promise in real nanoseconds.
-- Events of the phases have no intent; a run that was killed has no later phases, and their times are NULL.
-- keep: table
SELECT plan.run                                                              AS run,
       plan.time_scale                                                       AS time_scale,
       plan.settle_within_ns                                                 AS settle_within_ns,
       MIN(CASE WHEN events.state = 'load' THEN events.time_ns END)          AS begun_ns,
       MIN(CASE WHEN events.state = 'heal' THEN events.time_ns END)          AS healed_ns,
       MIN(CASE WHEN events.state = 'audit' THEN events.time_ns END)         AS settled_ns,
       MIN(CASE WHEN events.state = 'check' THEN events.time_ns END)         AS audited_ns,
       COUNT(CASE WHEN events.kind = 'delivered' THEN 1 END)                 AS nameless_deliveries
FROM   plan
LEFT JOIN events
       ON events.kind = 'phase'
       OR (events.kind = 'delivered' AND events.intent IS NULL AND events.account = '')
GROUP BY plan.run, plan.time_scale, plan.settle_within_ns
