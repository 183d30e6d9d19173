-- title: The bill agrees line by line | 对账单逐笔相符
-- promise: money                     severity: critical         needs: bill
-- why: A bill that leaves out refunds, or counts orders nobody paid, hides every other loss until the accounts are closed. | 账单漏记退款、把没付款的也算进去，别的损失就都藏在里面，要到关账才发现。
-- A case is an order whose bill was asked for. A line too many is one whatever time it is; one that is missing is a
-- breach where the platform itself shows that it knows, or once its time is up. A bill that could not be read, or has no
-- line of the whole run (it may be published later), says nothing. Money that came and went and is in neither column
-- was perhaps never booked; what the gateway sent back before it had booked it is in neither. A cost of goods that
-- differs is a breach where just what was ordered was delivered; of goods in part the operator may book its part or all of it
-- and a credit.
-- What the wallet moved is no case: whether a bill has it is not said anywhere.
-- Where lines of a kind name an upstream's numbers (its own, or the platform's there), each names one of its order's.
WITH numbers AS (
    SELECT intent, channel, 'paid' AS state, ref AS number FROM events WHERE kind = 'captured' AND intent IS NOT NULL
    UNION
    SELECT intent, channel, 'paid', order_no FROM events WHERE kind = 'captured' AND intent IS NOT NULL
    UNION
    SELECT intent, channel, 'refunded', UNNEST([ref, order_no, detail ->> 'refund_no', detail ->> 'refund_ref'])
    FROM   events WHERE kind = 'refunded' AND intent IS NOT NULL
    UNION
    SELECT intent, channel, 'delivered', ref FROM events WHERE kind IN ('submit', 'delivered') AND intent IS NOT NULL
    UNION
    SELECT intent, channel, 'delivered', order_no FROM events WHERE kind IN ('submit', 'delivered') AND intent IS NOT NULL
),
named AS (
    SELECT l.intent, l.state, l.ref, MAX(CASE WHEN n.number IS NOT NULL THEN 1 ELSE 0 END)   AS fits
    FROM   events AS l
    LEFT JOIN numbers AS n ON n.intent = l.intent AND n.state = l.state AND n.number = l.ref
    WHERE  l.kind = 'bill_line' AND l.ref <> '' AND l.intent IS NOT NULL
    GROUP BY l.intent, l.state, l.ref
),
ways AS (SELECT DISTINCT intent, channel, state FROM numbers),
told AS (
    SELECT w.channel, w.state, MAX(n.fits) AS told
    FROM   named AS n
    JOIN   ways AS w ON w.intent = n.intent AND w.state = n.state
    GROUP BY w.channel, w.state
),
misnamed AS (
    SELECT n.intent, MIN(n.ref) AS ref
    FROM   named AS n
    JOIN   ways AS w ON w.intent = n.intent AND w.state = n.state
    JOIN   told AS t ON t.channel = w.channel AND t.state = w.state
    WHERE  n.fits = 0
    GROUP BY n.intent
    HAVING MIN(t.told) = 1
),
asked AS (
    SELECT intent,
           COUNT(CASE WHEN kind = 'bill' THEN 1 END)                                         AS asks,
           MIN(CASE WHEN kind = 'bill' THEN time_ns END)                                     AS asked_ns,
           COUNT(CASE WHEN kind = 'bill' AND outcome <> 'ok' THEN 1 END)                     AS unread,
           COUNT(CASE WHEN kind = 'bill' AND state = 'paid' THEN 1 END) > 0                  AS asks_paid,
           COUNT(CASE WHEN kind = 'bill' AND state = 'refunded' THEN 1 END) > 0              AS asks_refunded,
           COUNT(CASE WHEN kind = 'bill' AND state = 'delivered' THEN 1 END) > 0             AS asks_delivered,
           COUNT(CASE WHEN kind = 'bill_line' AND state = 'paid' THEN 1 END)                 AS paid_lines,
           COUNT(CASE WHEN kind = 'bill_line' AND state = 'refunded' THEN 1 END)             AS refunded_lines,
           COUNT(CASE WHEN kind = 'bill_line' AND state = 'delivered' THEN 1 END)            AS delivered_lines,
           CAST(SUM(CASE WHEN kind = 'bill_line' AND state = 'paid' THEN amount_fen ELSE 0 END) AS BIGINT)
                                                                                             AS paid_fen,
           CAST(SUM(CASE WHEN kind = 'bill_line' AND state = 'refunded' THEN amount_fen ELSE 0 END) AS BIGINT)
                                                                                             AS back_fen,
           CAST(SUM(CASE WHEN kind = 'bill_line' AND state = 'delivered' THEN amount_fen ELSE 0 END) AS BIGINT)
                                                                                             AS billed_cost_fen,
           COUNT(CASE WHEN kind = 'refunded' THEN 1 END)                                     AS refunds,
           -- what the gateway took and gave back by itself, before it had booked it: no platform hears of either
           COUNT(CASE WHEN kind = 'refunded' AND detail ->> 'reason' = 'closed before cleared' THEN 1 END) AS sent_back,
           CAST(SUM(CASE WHEN kind = 'refunded' AND detail ->> 'reason' = 'closed before cleared' THEN amount_fen ELSE 0 END) AS BIGINT)
                                                                                             AS sent_back_fen,
           COUNT(CASE WHEN kind = 'delivered' AND amount_fen IS NULL THEN 1 END)             AS costless,
           CAST(SUM(CASE WHEN kind = 'delivered' THEN COALESCE(amount_fen, 0) ELSE 0 END) AS BIGINT) AS cost_fen
    FROM   events
    WHERE  kind IN ('bill', 'bill_line', 'refunded', 'delivered') AND intent IS NOT NULL
    GROUP BY intent
),
published AS (
    SELECT COUNT(*) AS run_lines FROM events WHERE kind = 'bill_line' AND intent IS NOT NULL
),
laid AS (
    SELECT a.*, o.order_no, o.orders_made, o.captures, o.captured_fen, o.refunded_fen, o.deliveries, o.units_delivered,
           o.units_ordered, o.in_part, o.submits, o.nameless_deliveries, o.due_ns <= a.asked_ns AS time_up,
           COALESCE(o.audit_state, '') AS shown,
           p.run_lines, m.ref AS misnamed,
           a.paid_lines = o.captures - a.sent_back AND a.paid_fen = o.captured_fen - a.sent_back_fen AS as_booked,
           o.captured_fen > a.paid_fen AND o.captured_fen - a.paid_fen = o.refunded_fen - a.back_fen AS never_booked,
           COALESCE(o.due_ns <= a.asked_ns AND o.last_refunded_ns + run.settle_within_ns <= a.asked_ns, FALSE) AS refund_is_old,
           COALESCE(o.due_ns <= a.asked_ns AND o.last_delivered_ns + run.settle_within_ns <= a.asked_ns, FALSE) AS delivery_is_old
    FROM   asked AS a
    JOIN   orders AS o ON o.intent = a.intent
    CROSS JOIN published AS p
    CROSS JOIN run
    LEFT JOIN misnamed AS m ON m.intent = a.intent
    WHERE  a.asks > 0 AND o.lies = 0
      AND  o.intent NOT IN (SELECT intent FROM events WHERE channel = 'wallet' AND intent IS NOT NULL)
      AND  o.intent NOT IN (SELECT intent FROM events WHERE kind = 'refunded' AND (detail ->> 'into') = 'wallet' AND intent IS NOT NULL)
),
judged AS (
    SELECT laid.*,
           CASE WHEN NOT asks_paid THEN TRUE
                WHEN paid_lines > captures OR paid_fen > captured_fen THEN FALSE
                WHEN as_booked THEN TRUE
                WHEN paid_lines = captures THEN paid_fen = captured_fen
                WHEN never_booked THEN NULL
                WHEN captures = 1 AND shown NOT IN ('', 'unpaid', 'closed') THEN FALSE
                WHEN time_up THEN FALSE END                                                  AS paid_agrees,
           CASE WHEN NOT asks_refunded THEN TRUE
                WHEN refunded_lines > 0 AND captures = 0 THEN FALSE
                WHEN as_booked AND refunded_lines = refunds - sent_back AND back_fen = refunded_fen - sent_back_fen THEN TRUE
                WHEN NOT (as_booked AND sent_back > 0) AND refunded_lines = refunds AND back_fen = refunded_fen THEN TRUE
                WHEN refunded_lines > refunds OR back_fen > refunded_fen THEN CASE WHEN time_up THEN FALSE END
                WHEN refunded_lines = refunds THEN FALSE
                WHEN never_booked THEN NULL
                WHEN refunds = 1 AND shown = 'refunded' THEN FALSE
                WHEN refund_is_old THEN FALSE END                                            AS refunded_agrees,
           CASE WHEN NOT asks_delivered OR costless > 0 THEN TRUE
                WHEN deliveries = 0 AND delivered_lines = 0 THEN TRUE
                WHEN deliveries = 0 THEN CASE WHEN submits > 0 AND nameless_deliveries = 0 THEN FALSE END
                WHEN delivered_lines > 0 AND billed_cost_fen = cost_fen THEN TRUE
                WHEN units_delivered <> units_ordered THEN CASE WHEN in_part THEN TRUE END
                WHEN delivered_lines > 0 THEN FALSE
                WHEN shown = 'delivered' OR delivery_is_old THEN FALSE END                   AS delivered_agrees
    FROM   laid
)
SELECT intent,
       CASE WHEN unread > 0 OR run_lines = 0 OR orders_made <> 1 THEN NULL
            WHEN NOT paid_agrees OR NOT refunded_agrees OR NOT delivered_agrees OR misnamed IS NOT NULL THEN FALSE
            WHEN paid_agrees AND refunded_agrees AND delivered_agrees THEN TRUE END          AS held,
       'charged ' || CAST(captured_fen AS VARCHAR) || ' fen in ' || CAST(captures AS VARCHAR) || ', the bill says '
           || CAST(paid_fen AS VARCHAR) || ' in ' || CAST(paid_lines AS VARCHAR) || '; refunded '
           || CAST(refunded_fen AS VARCHAR) || ' in ' || CAST(refunds AS VARCHAR) || ', the bill says '
           || CAST(back_fen AS VARCHAR) || ' in ' || CAST(refunded_lines AS VARCHAR) || '; delivered for '
           || CAST(cost_fen AS VARCHAR) || ', the bill says ' || CAST(billed_cost_fen AS VARCHAR) AS says,
       '渠道扣款 ' || CAST(captures AS VARCHAR) || ' 笔 ' || CAST(captured_fen AS VARCHAR) || ' 分，账单 '
           || CAST(paid_lines AS VARCHAR) || ' 笔 ' || CAST(paid_fen AS VARCHAR) || ' 分；退款 '
           || CAST(refunds AS VARCHAR) || ' 笔 ' || CAST(refunded_fen AS VARCHAR) || ' 分，账单 '
           || CAST(refunded_lines AS VARCHAR) || ' 笔 ' || CAST(back_fen AS VARCHAR) || ' 分；发货成本 '
           || CAST(cost_fen AS VARCHAR) || ' 分，账单 ' || CAST(billed_cost_fen AS VARCHAR) || ' 分' AS says_zh,
       'order ' || order_no || COALESCE(', a line names ' || misnamed || ', which is none of it', '') AS evidence
FROM   judged
WHERE  captures > 0 OR deliveries > 0 OR paid_lines + refunded_lines + delivered_lines > 0
