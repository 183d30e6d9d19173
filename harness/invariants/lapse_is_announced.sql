-- title: A membership is announced to lapse | 会员到期前要提醒
-- promise: trust                     severity: major            needs: announces.lapse
-- why: Most "my membership is gone" complaints are memberships that nobody renewed, and nobody was told. | 多数“会员掉了”其实是到期没续，而事前没人提醒。
-- Time counts from the delivery. A message after the goods are paid and before they end will do; a platform that counts
-- from the payment tells earlier. What another customer was told tells nobody.
WITH ending AS (
    SELECT o.intent, a.says AS wording, o.first_captured_ns, o.first_delivered_ns + a.after_ns AS ends_ns, o.settled_ns,
           CASE WHEN a.shaken OR c.strikes_met > 0 OR o.strikes_met > 0
                THEN GREATEST(o.first_delivered_ns + a.after_ns, run.healed_ns + run.settle_within_ns)
                ELSE o.first_delivered_ns + a.after_ns END                                   AS due_ns
    FROM   orders AS o
    JOIN   announced AS a ON a.what = 'lapse' AND a.goods = o.sku
    CROSS JOIN run
    LEFT JOIN channel_trouble AS c ON c.intent = o.intent
    WHERE  o.units_delivered > 0 AND o.net_fen > 0
),
told AS (
    SELECT e.intent, MAX(e.ends_ns) AS ends_ns, MAX(e.due_ns) AS due_ns,
           MAX(e.settled_ns) AS settled_ns, MIN(m.told_ns) AS told_ns
    FROM   ending AS e
    LEFT JOIN messages AS m
           ON m.intent = e.intent AND m.told_ns > e.first_captured_ns AND NOT m.strayed
          AND REGEXP_MATCHES(m.text, e.wording)
    GROUP BY e.intent
)
SELECT intent,
       CASE WHEN told_ns <= due_ns THEN TRUE
            WHEN told_ns IS NOT NULL OR due_ns < settled_ns THEN FALSE END                   AS held,
       CASE WHEN told_ns <= due_ns THEN 'announced before it lapsed'
            WHEN told_ns IS NOT NULL THEN 'announced after it had lapsed'
            WHEN due_ns < settled_ns THEN 'lapsed without a word'
            ELSE 'still has time to be announced' END                                        AS says,
       CASE WHEN told_ns <= due_ns THEN '到期前已提醒'
            WHEN told_ns IS NOT NULL THEN '到期后才提醒'
            WHEN due_ns < settled_ns THEN '会员到期，事前没有提醒'
            ELSE '提醒尚未到期' END                                                             AS says_zh,
       CASE WHEN told_ns IS NULL THEN 'no message says so'
            ELSE CAST(CAST((ends_ns - told_ns) / 1000000 AS BIGINT) AS VARCHAR) || ' ms before its end' END AS evidence
FROM   told
WHERE  told_ns IS NOT NULL OR ends_ns < settled_ns
