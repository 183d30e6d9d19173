-- title: Late goods are made good, once and in time | 超时到账要赔付，且只赔一次
-- promise: goods                     severity: major            needs: compensation
-- why: A compensation that must be asked for is none, and one that is paid by each run of a job is given away. | 要客户自己来讨的赔付等于没赔，跑批一次赔一次就是白送。
-- A case is an order that is late by any clock: more than a second after the time that was promised had passed since the
-- platform knew of the payment (it acknowledged it, or asked an operator), its goods were still not there, and they were
-- not given up. What is owed is there `within` the promised time from then, from heal where processes or links were
-- struck, and is not there twice. Of the platform's own books it may not be known when.
WITH known AS (
    SELECT o.intent, o.first_delivered_ns, o.settled_ns, o.audits_ok, p.late_after_ns, p.within_ns, p.least_fen, p.most_fen,
           LEAST(COALESCE(t.acked_ns, o.first_submit_ns), COALESCE(o.first_submit_ns, t.acked_ns)) AS known_ns,
           CASE WHEN p.shaken THEN run.healed_ns ELSE 0 END                                  AS not_before_ns
    FROM   orders AS o
    JOIN   compensated AS p ON p.goods = o.sku
    CROSS JOIN run
    LEFT JOIN (SELECT intent, MIN(first_ack_answered_ns) AS acked_ns FROM trades GROUP BY intent) AS t ON t.intent = o.intent
    WHERE  o.captures > 0 AND o.refunded_fen = 0 AND o.lies = 0
      AND  COALESCE(o.audit_state IN ('paid', 'delivering', 'delivered'), TRUE)
),
late AS (
    SELECT known.*, GREATEST(known_ns + late_after_ns, not_before_ns) + within_ns            AS due_ns
    FROM   known
    WHERE  COALESCE(first_delivered_ns, settled_ns) > known_ns + late_after_ns + 1000000000
),
given AS (
    SELECT l.intent,
           GREATEST(COALESCE(MAX(CASE WHEN c.shown THEN c.given_fen END), 0),
                    CAST(COALESCE(SUM(CASE WHEN NOT c.shown THEN c.given_fen END), 0) AS BIGINT)) AS given_fen,
           MIN(CASE WHEN c.given_fen >= l.least_fen THEN c.known_ns END)                     AS by_ns,
           MIN(CASE WHEN NOT c.shown AND c.given_fen >= l.least_fen THEN c.known_ns END)     AS booked_ns,
           MAX(CASE WHEN c.shown AND c.given_fen < l.least_fen THEN c.asked_ns END)          AS without_ns
    FROM   late AS l
    LEFT JOIN compensations AS c ON c.intent = l.intent
    GROUP BY l.intent
),
told AS (
    SELECT l.intent, g.given_fen, l.least_fen, l.most_fen, (l.due_ns - l.known_ns) // 1000000 AS due_ms,
           CASE WHEN g.given_fen > l.most_fen THEN 'twice'
                WHEN g.given_fen < l.least_fen AND l.due_ns + 1000000000 < l.settled_ns
                     AND (l.audits_ok > 0 OR g.given_fen > 0) THEN 'never'
                WHEN g.given_fen < l.least_fen THEN 'open'
                WHEN g.by_ns <= l.due_ns + 1000000000 THEN 'in time'
                WHEN g.booked_ns > l.due_ns + 1000000000 OR g.without_ns > l.due_ns + 1000000000 THEN 'late'
                ELSE 'unseen' END                                                            AS came
    FROM   late AS l
    JOIN   given AS g ON g.intent = l.intent
)
SELECT intent,
       CASE WHEN came = 'in time' THEN TRUE WHEN came IN ('twice', 'never', 'late') THEN FALSE END AS held,
       CASE WHEN came = 'in time' THEN 'late, and made good once and in time'
            WHEN came = 'twice' THEN 'late, and made good more than once'
            WHEN came = 'never' THEN 'late, and what is owed for it never came'
            WHEN came = 'late' THEN 'late, and made good too late'
            WHEN came = 'open' THEN 'late, and still has time to be made good'
            ELSE 'late, and made good at a time that nobody saw' END                         AS says,
       CASE WHEN came = 'in time' THEN '超时到账，已按时赔付一次'
            WHEN came = 'twice' THEN '超时到账，赔付不止一次'
            WHEN came = 'never' THEN '超时到账，应赔未赔'
            WHEN came = 'late' THEN '超时到账，赔付过晚'
            WHEN came = 'open' THEN '超时到账，赔付尚未到期'
            ELSE '超时到账，已赔付，时间不明' END                                                AS says_zh,
       'owed ' || CAST(least_fen AS VARCHAR) || ' fen, given ' || CAST(given_fen AS VARCHAR) || ' fen; due '
           || CAST(due_ms AS VARCHAR) || ' ms after the payment was known'                   AS evidence
FROM   told
