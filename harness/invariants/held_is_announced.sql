-- title: A held order is announced | 订单被扣留要告知客户
-- promise: trust                     severity: major            needs: announces.held
-- why: An order that waits without a word is a dropped order to its customer, and the commonest dispute. | 订单被风控扣下却不通知，客户眼里就是掉单，也是最常见的纠纷。
-- From outside, an order is held while the platform knows of its payment (it has acknowledged it) and neither asks an
-- operator, nor gives out goods of its own, nor gives the money back. What a strike at gateway, operator, link or process met is no hold.
-- What another customer was told of it tells nobody.
WITH waiting AS (
    SELECT o.intent, a.says AS wording, a.after_ns, k.known_ns,
           LEAST(COALESCE(o.first_submit_ns, o.settled_ns), COALESCE(o.first_delivered_ns, o.settled_ns),
                 COALESCE(o.last_refunded_ns, o.settled_ns))                                 AS over_ns,
           CASE WHEN c.strikes_met > 0
                THEN GREATEST(k.known_ns + a.after_ns, run.healed_ns + run.settle_within_ns)
                ELSE k.known_ns + a.after_ns END                                             AS due_ns,
           o.settled_ns
    FROM   orders AS o
    JOIN   (SELECT intent, MIN(first_ack_answered_ns) AS known_ns FROM trades GROUP BY intent) AS k ON k.intent = o.intent
    JOIN   announced AS a ON a.what = 'held' AND o.price_fen > a.above_fen AND NOT a.shaken
    CROSS JOIN run
    LEFT JOIN channel_trouble AS c ON c.intent = o.intent
    WHERE  o.strikes_met = 0 AND k.known_ns IS NOT NULL
      AND  NOT EXISTS (SELECT 1 FROM events WHERE vantage = 'operator' AND struck)
),
held AS (
    SELECT w.intent, MAX(w.over_ns - w.known_ns) AS waited_ns, MAX(w.due_ns) AS due_ns,
           MAX(w.settled_ns) AS settled_ns, MIN(m.told_ns) AS told_ns
    FROM   waiting AS w
    LEFT JOIN messages AS m ON m.intent = w.intent AND NOT m.strayed AND REGEXP_MATCHES(m.text, w.wording)
    WHERE  w.over_ns - w.known_ns > w.after_ns
    GROUP BY w.intent
)
SELECT intent,
       CASE WHEN told_ns <= due_ns THEN TRUE
            WHEN told_ns IS NOT NULL OR due_ns < settled_ns THEN FALSE END                   AS held,
       CASE WHEN told_ns <= due_ns THEN 'held, and announced'
            WHEN told_ns IS NOT NULL THEN 'held, and announced too late'
            WHEN due_ns < settled_ns THEN 'held without a word to its customer'
            ELSE 'held, and still has time to be announced' END                              AS says,
       CASE WHEN told_ns <= due_ns THEN '被扣留，已告知客户'
            WHEN told_ns IS NOT NULL THEN '被扣留，告知过晚'
            WHEN due_ns < settled_ns THEN '被扣留，却没有告知客户'
            ELSE '被扣留，告知尚未到期' END                                                       AS says_zh,
       'waited ' || CAST(CAST(waited_ns / 1000000 AS BIGINT) AS VARCHAR) || ' ms after its payment was acknowledged' AS evidence
FROM   held
