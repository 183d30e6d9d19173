-- title: A forged notification changes nothing | 伪造通知无效
-- promise: trust                     severity: critical         exercised by: forge, foreign
-- why: Whoever can say "paid" without a key can help himself to the goods. | 谁都能冒充渠道说“已支付”，就等于随便拿货。
-- A return page (return_url) that was opened by a made-up URL counts as one.
-- A notification that is meant for another merchant, or for an order that is not the platform's, counts as forged.
-- A case is an order of which a forgery said that it was paid before it was, or that an operator had ended it before any
-- had. Believing shows in goods that were sent for, or in what the customer was shown, before any charge; or in what he
-- was shown, before any operator's end: delivered, or given back although the goods were still to come. Orders that an
-- upstream was made to lie about are left out of the latter.
WITH of_payment AS (
    SELECT intent,
           CASE WHEN first_delivered_ns >= first_forged_ns
                     AND (first_captured_ns IS NULL OR first_delivered_ns < first_captured_ns) THEN 'delivered'
                WHEN first_submit_ns >= first_forged_ns
                     AND (first_captured_ns IS NULL OR first_submit_ns < first_captured_ns) THEN 'submitted'
                WHEN LEAST(first_paid_shown_ns, first_delivering_shown_ns, first_delivered_shown_ns,
                           first_refunded_shown_ns) < COALESCE(first_captured_ns, 9223372036854775807) THEN 'shown as paid'
                ELSE 'refused' END                                                           AS what,
           CASE WHEN first_captured_ns IS NULL THEN 'never charged' ELSE 'charged later' END AS evidence
    FROM   orders
    WHERE  first_forged_ns IS NOT NULL AND (first_captured_ns IS NULL OR first_forged_ns < first_captured_ns)
),
told AS (
    SELECT intent, MIN(time_ns) AS forged_ns
    FROM   notifications
    WHERE  forged AND vantage = 'operator' AND intent IS NOT NULL
    GROUP BY intent
),
ended AS (
    -- what an operator itself made known, in its books or by its word
    SELECT e.intent, MIN(e.time_ns) AS ended_ns
    FROM   events AS e SEMI JOIN told ON told.intent = e.intent
    WHERE  e.vantage = 'operator' AND NOT e.forged
      AND  (e.kind IN ('delivered', 'failed')
            OR e.kind IN ('submit', 'query', 'notify') AND e.state IN ('delivered', 'partial', 'failed'))
    GROUP BY e.intent
),
of_delivery AS (
    SELECT o.intent,
           CASE WHEN o.first_delivered_shown_ns >= t.forged_ns
                     AND (e.ended_ns IS NULL OR o.first_delivered_shown_ns < e.ended_ns) THEN 'shown as delivered'
                WHEN LEAST(o.first_refunding_shown_ns, o.first_refunded_shown_ns) >= t.forged_ns
                     AND LEAST(o.first_refunding_shown_ns, o.first_refunded_shown_ns) < LEAST(e.ended_ns, o.first_delivered_ns)
                     AND o.deliveries > 0 THEN 'shown as given back'
                ELSE 'refused' END                                                           AS what,
           CASE WHEN o.deliveries > 0 THEN 'delivered later' ELSE 'never delivered' END      AS evidence
    FROM   orders AS o
    JOIN   told  AS t ON t.intent = o.intent
    LEFT JOIN ended AS e ON e.intent = o.intent
    WHERE  o.lies = 0 AND (e.ended_ns IS NULL OR t.forged_ns < e.ended_ns)
)
SELECT intent,
       what = 'refused'                                                                      AS held,
       CASE what WHEN 'delivered' THEN 'goods went out on a forged notification'
                 WHEN 'submitted' THEN 'goods were sent for on a forged notification'
                 WHEN 'refused' THEN 'the forgery was refused'
                 ELSE what || ' on a forged notification' END                                AS says,
       CASE what WHEN 'delivered' THEN '凭伪造通知发了货'
                 WHEN 'submitted' THEN '凭伪造通知向上游下了单'
                 WHEN 'shown as paid' THEN '凭伪造通知显示为已支付'
                 WHEN 'shown as delivered' THEN '凭伪造回调显示为已到账'
                 WHEN 'shown as given back' THEN '凭伪造回调退了款，货随后到账'
                 ELSE '伪造通知未被采信' END                                                  AS says_zh,
       evidence
FROM   (SELECT * FROM of_payment UNION ALL SELECT * FROM of_delivery)
