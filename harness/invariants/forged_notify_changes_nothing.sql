-- title: A forged notification changes nothing | 伪造通知无效
-- promise: trust                     severity: critical         exercised by: forge, foreign
-- why: Whoever can say "paid" without a key can help himself to the goods. | 谁都能冒充渠道说“已支付”，就等于随便拿货。
-- A notification that is meant for another merchant, or for an order that is not the platform's, counts as forged.
-- A case is an order of which a forgery said that it was paid before it was. Believing shows in goods that were sent for,
-- or in what the customer was shown, before any charge.
WITH forged AS (
    SELECT intent, first_forged_ns, first_captured_ns,
           COALESCE(first_submit_ns >= first_forged_ns
                    AND (first_captured_ns IS NULL OR first_submit_ns < first_captured_ns), FALSE)      AS submitted,
           COALESCE(first_delivered_ns >= first_forged_ns
                    AND (first_captured_ns IS NULL OR first_delivered_ns < first_captured_ns), FALSE)   AS delivered,
           COALESCE(captures = 0 OR first_paid_shown_ns < first_captured_ns, FALSE)
               AND first_paid_shown_ns IS NOT NULL
           OR COALESCE(captures = 0 OR first_delivering_shown_ns < first_captured_ns, FALSE)
               AND first_delivering_shown_ns IS NOT NULL
           OR COALESCE(captures = 0 OR first_delivered_shown_ns < first_captured_ns, FALSE)
               AND first_delivered_shown_ns IS NOT NULL
           OR COALESCE(captures = 0 OR first_refunded_shown_ns < first_captured_ns, FALSE)
               AND first_refunded_shown_ns IS NOT NULL                                                  AS shown
    FROM   orders
    WHERE  first_forged_ns IS NOT NULL AND (first_captured_ns IS NULL OR first_forged_ns < first_captured_ns)
)
SELECT intent,
       NOT (submitted OR delivered OR shown)                                                 AS held,
       CASE WHEN delivered THEN 'goods went out on a forged notification'
            WHEN submitted THEN 'goods were sent for on a forged notification'
            WHEN shown THEN 'shown as paid on a forged notification'
            ELSE 'the forgery was refused' END                                               AS says,
       CASE WHEN delivered THEN '凭伪造通知发了货'
            WHEN submitted THEN '凭伪造通知向上游下了单'
            WHEN shown THEN '凭伪造通知显示为已支付'
            ELSE '伪造通知未被采信' END                                                       AS says_zh,
       CASE WHEN first_captured_ns IS NULL THEN 'never charged' ELSE 'charged later' END     AS evidence
FROM   forged
