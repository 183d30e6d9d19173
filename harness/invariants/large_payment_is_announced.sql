-- title: A large payment is announced | 大额支付要告知客户
-- promise: trust                     severity: major            needs: announces.large
-- why: The owner of the money hears of a payment that he did not make while it can still be stopped. | 钱不是本人付的，要让他在还能追回的时候知道。
-- A case is a charged order above the promised amount whose payment the platform knew of (it acknowledged it, or asked an
-- operator), and that was not paid back. Time counts from then, or from heal where a strike met the order or its messages.
-- What another customer was told tells nobody.
WITH large AS (
    SELECT o.intent, a.says AS wording, o.first_captured_ns, o.settled_ns, o.captured_fen,
           CASE WHEN a.shaken OR c.strikes_met > 0 OR o.strikes_met > 0
                THEN GREATEST(COALESCE(t.acked_ns, o.first_submit_ns), run.healed_ns)
                ELSE COALESCE(t.acked_ns, o.first_submit_ns) END + a.after_ns                AS due_ns
    FROM   orders AS o
    JOIN   announced AS a ON a.what = 'large' AND o.price_fen > a.above_fen
    CROSS JOIN run
    LEFT JOIN (SELECT intent, MIN(first_ack_answered_ns) AS acked_ns FROM trades GROUP BY intent) AS t ON t.intent = o.intent
    LEFT JOIN channel_trouble AS c ON c.intent = o.intent
    WHERE  o.captures > 0 AND o.refunded_fen = 0 AND COALESCE(t.acked_ns, o.first_submit_ns) IS NOT NULL
),
told AS (
    SELECT l.intent, MAX(l.captured_fen) AS captured_fen, MAX(l.due_ns) AS due_ns, MAX(l.settled_ns) AS settled_ns,
           MIN(m.told_ns) AS told_ns
    FROM   large AS l
    LEFT JOIN messages AS m
           ON m.intent = l.intent AND m.told_ns > l.first_captured_ns AND NOT m.strayed
          AND REGEXP_MATCHES(m.text, l.wording)
    GROUP BY l.intent
)
SELECT intent,
       CASE WHEN told_ns <= due_ns THEN TRUE
            WHEN told_ns IS NOT NULL OR due_ns < settled_ns THEN FALSE END                   AS held,
       CASE WHEN told_ns <= due_ns THEN 'a large payment, and its customer was told'
            WHEN told_ns IS NOT NULL THEN 'a large payment, and its customer was told too late'
            WHEN due_ns < settled_ns THEN 'a large payment without a word to its customer'
            ELSE 'a large payment whose customer may still be told' END                      AS says,
       CASE WHEN told_ns <= due_ns THEN '大额支付，已告知客户'
            WHEN told_ns IS NOT NULL THEN '大额支付，告知过晚'
            WHEN due_ns < settled_ns THEN '大额支付，没有告知客户'
            ELSE '大额支付，告知尚未到期' END                                                    AS says_zh,
       CAST(captured_fen AS VARCHAR) || ' fen'                                               AS evidence
FROM   told
