-- title: A published rule of lateness is kept | 公布的时效规则要兑现
-- promise: state                     severity: major            needs: settle_rules
-- why: An order is late only when the published rule for its goods, channel and day is broken, and then it is. | 节假日、慢渠道各有公布的时效；按规则算没超时就不算迟，超了就是超了。
-- A case is an order that a rule of its own fits (`settle_rules` of the target file), as it was in force when it was
-- placed. All other orders are judged by settles_in_time alone, which judges these by their rule, too.
WITH settled AS (
    SELECT o.intent, o.due_ns, o.time_up, o.within_ns,
           CASE WHEN net_fen <= 0 THEN last_refunded_ns
                WHEN in_part THEN GREATEST(last_refunded_ns, last_delivered_ns)
                WHEN units_delivered < units_ordered OR net_fen <> price_fen THEN NULL
                WHEN last_refunded_ns > first_delivered_ns THEN last_refunded_ns
                WHEN units_ordered > 1 THEN last_delivered_ns
                ELSE first_delivered_ns END                                                  AS settled_at_ns
    FROM   orders AS o
    JOIN   ruled ON ruled.intent = o.intent
    WHERE  o.captures > 0 AND o.lies = 0
)
SELECT intent,
       CASE WHEN settled_at_ns > due_ns THEN FALSE
            WHEN settled_at_ns IS NOT NULL THEN TRUE
            WHEN time_up THEN FALSE END                                                      AS held,
       CASE WHEN settled_at_ns > due_ns THEN 'ended later than its rule allows'
            WHEN settled_at_ns IS NOT NULL THEN 'ended within its rule'
            WHEN time_up THEN 'not ended, and its rule allows no more'
            ELSE 'not ended yet, and its rule still allows it' END                           AS says,
       CASE WHEN settled_at_ns > due_ns THEN '超出该单适用的时效规则'
            WHEN settled_at_ns IS NOT NULL THEN '在该单适用的时效内完结'
            WHEN time_up THEN '该单适用的时效已过，仍未完结'
            ELSE '尚未完结，按规则还未到期' END                                                   AS says_zh,
       'its rule allows ' || CAST(CAST(within_ns / 1000000 AS BIGINT) AS VARCHAR) || ' ms'   AS evidence
FROM   settled
