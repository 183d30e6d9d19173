-- title: A paid order settles in time | 按时完结
-- promise: state                     severity: major            needs: operators
-- why: Within the promised time a paid order is delivered or refunded, and its customer is told so. | 已支付订单必须在约定时效内发货或退款，并如实告知客户。
-- Time counts from the last charge, or from heal where a strike met the order. Settled means: nothing is owed any more
-- in goods or money. At the final read an overdue order must no longer be shown as under way.
WITH settled AS (
    SELECT intent, due_ns, time_up, audit_state,
           COALESCE(audit_state IN ('unpaid', 'paid', 'delivering', 'refunding'), FALSE)                  AS under_way,
           CASE WHEN net_fen <= 0 THEN last_refunded_ns
                WHEN in_part THEN GREATEST(last_refunded_ns, last_delivered_ns)
                WHEN units_delivered < units_ordered OR net_fen <> price_fen THEN NULL
                WHEN last_refunded_ns > first_delivered_ns THEN last_refunded_ns
                WHEN units_ordered > 1 THEN last_delivered_ns
                ELSE first_delivered_ns END                                                  AS settled_at_ns
    FROM   orders
    WHERE  captures > 0 AND lies = 0 AND NOT untraceable
)
SELECT intent,
       CASE WHEN settled_at_ns > due_ns THEN FALSE
            WHEN settled_at_ns IS NOT NULL AND NOT under_way THEN TRUE
            WHEN time_up THEN FALSE END                                                      AS held,
       CASE WHEN settled_at_ns > due_ns THEN 'settled too late'
            WHEN settled_at_ns IS NULL AND time_up THEN 'paid, and neither delivered nor refunded in time'
            WHEN under_way AND time_up THEN 'settled, but still shown as ' || audit_state
            WHEN settled_at_ns IS NULL OR under_way THEN 'not settled yet, and still has time'
            ELSE 'settled in time' END                                                       AS says,
       CASE WHEN settled_at_ns > due_ns THEN '完结超时'
            WHEN settled_at_ns IS NULL AND time_up THEN '已支付，到期既未发货也未退款'
            WHEN under_way AND time_up THEN '实际已完结，仍显示为 ' || audit_state
            WHEN settled_at_ns IS NULL OR under_way THEN '尚未完结，但未到期'
            ELSE '按时完结' END                                                               AS says_zh,
       CASE WHEN settled_at_ns > due_ns
            THEN CAST(CAST((settled_at_ns - due_ns) / 1000000 AS BIGINT) AS VARCHAR) || ' ms after it was due'
            ELSE 'last shown as ' || COALESCE(audit_state, 'nothing') END                    AS evidence
FROM   settled
