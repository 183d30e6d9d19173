-- title: A ticket is answered in time | 工单按时回复
-- promise: trust                     severity: major            needs: tickets
-- why: Whoever asks where the goods are, and hears nothing, goes to the gateway or the authorities. | 客户问货在哪却无人应答，下一步就是渠道投诉和 12315。
-- A case is a ticket. It is broken by a look that still shows it open after the promised time, or that finds no such ticket
-- any more while its order has neither goods nor money back; a word that is first seen later than that may have been in
-- time, which nobody knows. Where the platform's process or its connections were struck,
-- the time begins when strikes are off.
WITH kept AS (
    SELECT COUNT(*) AS times FROM events WHERE (kind = 'connection' AND struck) OR (kind = 'strike' AND detail <> '{}')
),
gone AS (
    SELECT e.intent, MAX(e.time_ns)                                                          AS gone_ns
    FROM   events AS e
    JOIN   orders AS o ON o.intent = e.intent
    WHERE  e.kind = 'ticket_state' AND e.outcome = 'fail' AND (e.http_status IN (404, 410) OR e.state = 'missing')
      AND  COALESCE(e.time_ns < o.first_delivered_ns, TRUE) AND COALESCE(e.time_ns < o.last_refunded_ns, TRUE)
    GROUP BY e.intent
),
timed AS (
    SELECT t.*, promised.span_ns
               + CASE WHEN kept.times > 0 AND t.opened_ns < run.healed_ns THEN run.healed_ns ELSE t.opened_ns END AS due_ns, gone.gone_ns
    FROM   tickets AS t
    LEFT JOIN gone ON gone.intent = t.intent
    CROSS JOIN kept
    CROSS JOIN run
    JOIN   promised ON promised.name = 'ticket_answered_within'
)
SELECT intent,
       CASE WHEN word_shown_ns <= due_ns THEN TRUE
            WHEN last_open_asked_ns > due_ns OR gone_ns > due_ns THEN FALSE END              AS held,
       CASE WHEN word_shown_ns <= due_ns THEN 'answered in time'
            WHEN last_open_asked_ns > due_ns THEN 'still open after the promised time'
            WHEN gone_ns > due_ns THEN 'not answered, and there is no such ticket any more'
            ELSE 'not seen at the right time' END                                            AS says,
       CASE WHEN word_shown_ns <= due_ns THEN '按时回复'
            WHEN last_open_asked_ns > due_ns THEN '过了约定时效仍未回复'
            WHEN gone_ns > due_ns THEN '没有回复，工单也查不到了'
            ELSE '没有在合适的时间查看' END                                                     AS says_zh,
       CASE WHEN word_shown_ns IS NULL THEN 'no word was seen'
            ELSE 'a word was seen after ' || CAST(CAST((word_shown_ns - opened_ns) / 1000000 AS BIGINT) AS VARCHAR) || ' ms'
            END                                                                              AS evidence
FROM   timed
