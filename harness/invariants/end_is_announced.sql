-- title: Customers are told how their order ended | 订单结果要通知客户
-- promise: trust                     severity: major            needs: announces.ended
-- why: A notice that was lost with the SMS channel leaves the customer asking, or complaining at the gateway. | 短信通道一坏通知就丢，客户只好来问，甚至去投诉。
-- Ended is what the final read and the ledgers agree on. A message that came before the end tells nothing of it: before an
-- operator handed anything out, or before the gateway was asked for the money back. Where that is not known (cards of the
-- platform's own stock, an upstream that was made to lie) any message after the payment will do. Where a strike met the
-- order or its messages, time counts from heal: a notice may be late while its channel is down, but it must come.
-- Where the platform has other words for the other end, those tell nobody of this one; nor does what another customer
-- was told of it; nor the very text that had been sent before the end already, however often it comes again.
WITH handed AS (
    SELECT intent, MIN(delivered_ns) AS begins_ns FROM deliveries WHERE channel <> '' AND intent IS NOT NULL GROUP BY intent
),
given_back AS (
    SELECT intent, MIN(time_ns) AS begins_ns
    FROM   events
    WHERE  vantage = 'gateway' AND kind IN ('refund', 'refunded') AND intent IS NOT NULL
    GROUP BY intent
),
promise AS (
    SELECT MAX(CASE WHEN state <> 'refunded' THEN says END)                                  AS delivered_says,
           MAX(CASE WHEN state <> 'delivered' THEN says END)                                 AS refunded_says,
           MAX(after_ns) AS after_ns, BOOL_OR(shaken) AS shaken
    FROM   announced
    WHERE  what = 'ended'
    HAVING COUNT(*) > 0
),
ended AS (
    SELECT o.intent, o.audit_state, o.first_captured_ns, o.settled_ns,
           CASE WHEN o.audit_state = 'delivered' THEN a.delivered_says ELSE a.refunded_says END AS wording,
           a.delivered_says <> a.refunded_says                                               AS worded_apart,
           CASE WHEN o.lies > 0 THEN o.first_captured_ns
                ELSE COALESCE(CASE WHEN o.audit_state = 'delivered' THEN h.begins_ns ELSE g.begins_ns END,
                              o.first_captured_ns) END                                       AS begins_ns,
           CASE WHEN a.shaken OR c.strikes_met > 0 OR o.strikes_met > 0
                THEN GREATEST(over.end_ns, run.healed_ns) + a.after_ns
                ELSE over.end_ns + a.after_ns END                                            AS due_ns
    FROM   orders AS o
    JOIN   (SELECT intent, CASE WHEN audit_state = 'delivered' THEN last_delivered_by_ns ELSE last_refunded_by_ns END AS end_ns
            FROM orders WHERE audit_state IN ('delivered', 'refunded')) AS over ON over.intent = o.intent
    CROSS JOIN promise AS a
    CROSS JOIN run
    LEFT JOIN channel_trouble AS c ON c.intent = o.intent
    LEFT JOIN handed AS h ON h.intent = o.intent
    LEFT JOIN given_back AS g ON g.intent = o.intent
    WHERE  over.end_ns IS NOT NULL
),
heard AS (
    SELECT e.*, m.told_ns, m.strayed, REGEXP_MATCHES(m.text, e.wording) AND NOT m.strayed AS fits,
           CASE WHEN e.worded_apart THEN MIN(m.told_ns) OVER (PARTITION BY e.intent, m.text) ELSE m.told_ns END AS text_begins_ns
    FROM   ended AS e
    LEFT JOIN messages AS m ON m.intent = e.intent AND m.told_ns > e.first_captured_ns
),
told AS (
    SELECT intent, MAX(audit_state) AS audit_state, MAX(due_ns) AS due_ns, MAX(settled_ns) AS settled_ns,
           MIN(CASE WHEN fits AND text_begins_ns >= begins_ns THEN told_ns END)              AS told_ns,
           COALESCE(BOOL_OR(fits), FALSE)                                                    AS told_before,
           COALESCE(BOOL_OR(strayed), FALSE)                                                 AS told_another
    FROM   heard
    GROUP BY intent
)
SELECT intent,
       CASE WHEN told_ns <= due_ns THEN TRUE
            WHEN told_ns IS NOT NULL OR due_ns < settled_ns THEN FALSE END                   AS held,
       CASE WHEN told_ns <= due_ns THEN 'told in time'
            WHEN told_ns IS NOT NULL THEN 'told too late'
            WHEN due_ns < settled_ns AND told_before THEN 'told before it had ended, and nothing else when it did'
            WHEN due_ns < settled_ns AND told_another THEN 'another customer was told instead'
            WHEN due_ns < settled_ns THEN 'never told'
            ELSE 'still has time to be told' END                                             AS says,
       CASE WHEN told_ns <= due_ns THEN '已按时通知'
            WHEN told_ns IS NOT NULL THEN '通知过晚'
            WHEN due_ns < settled_ns AND told_before THEN '结果出来之前就通知了，真正完结时没有别的通知'
            WHEN due_ns < settled_ns AND told_another THEN '通知发给了别的客户'
            WHEN due_ns < settled_ns THEN '始终没有通知'
            ELSE '通知尚未到期' END                                                             AS says_zh,
       'ended ' || audit_state                                                               AS evidence
FROM   told
