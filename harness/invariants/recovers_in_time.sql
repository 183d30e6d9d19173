-- title: Everything recovers after the last fault | 故障排除后按时恢复
-- promise: resilience                severity: major            needs: operators
-- why: Once everybody around the platform is well again, whatever is still open must end within the promised time. | 周围一切恢复正常之后，积压的订单必须在约定时效内全部完结。
-- One case: all orders that were charged and open when the last strike was healed.
WITH ends AS (
    SELECT o.intent, r.healed_ns, o.within_ns, r.settled_ns,
           CASE WHEN o.net_fen <= 0 THEN o.last_refunded_ns
                WHEN o.in_part THEN GREATEST(o.last_refunded_ns, o.last_delivered_ns)
                WHEN o.units_delivered < o.units_ordered OR o.net_fen <> o.price_fen THEN NULL
                WHEN o.last_refunded_ns > o.first_delivered_ns THEN o.last_refunded_ns
                WHEN o.units_ordered > 1 THEN o.last_delivered_ns
                ELSE o.first_delivered_ns END                                                AS settled_at_ns
    FROM   orders AS o
    CROSS JOIN run AS r
    WHERE  o.captures > 0 AND o.lies = 0 AND NOT o.untraceable AND o.first_captured_by_ns < r.healed_ns
),
late AS (
    SELECT COUNT(CASE WHEN settled_at_ns IS NULL OR settled_at_ns > healed_ns THEN 1 END)    AS backlog,
           COUNT(CASE WHEN settled_at_ns > healed_ns + within_ns
                      OR (settled_at_ns IS NULL AND settled_ns >= healed_ns + within_ns) THEN 1 END) AS overdue,
           COUNT(CASE WHEN settled_at_ns IS NULL THEN 1 END)                                 AS unsettled,
           MIN(CASE WHEN settled_at_ns > healed_ns + within_ns
                    OR (settled_at_ns IS NULL AND settled_ns >= healed_ns + within_ns) THEN intent END) AS first_overdue,
           MAX(CASE WHEN settled_at_ns > healed_ns THEN settled_at_ns - healed_ns ELSE 0 END) AS took_ns
    FROM   ends
    HAVING COUNT(*) > 0
)
SELECT first_overdue                                                                         AS intent,
       CASE WHEN overdue > 0 THEN FALSE WHEN unsettled = 0 THEN TRUE END                     AS held,
       CAST(backlog AS VARCHAR) || ' orders were open at heal, ' || CAST(overdue AS VARCHAR)
           || ' of them did not end in the promised time'                                    AS says,
       '恢复时有 ' || CAST(backlog AS VARCHAR) || ' 单未完结，其中 ' || CAST(overdue AS VARCHAR) || ' 单未在约定时效内完结' AS says_zh,
       'the last one that ended took ' || CAST(CAST(took_ns / 1000000 AS BIGINT) AS VARCHAR) || ' ms' AS evidence
FROM   late
