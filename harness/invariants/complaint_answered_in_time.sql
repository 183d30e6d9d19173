-- title: A complaint is answered in time | 投诉按时回复
-- promise: trust                     severity: major            needs: complaints
-- why: Who complained at the gateway waits for a word; without one in time the gateway decides, and fines. | 客户已在支付渠道投诉，逾期不回复，渠道会直接判罚。
-- A case is each word of a customer that waits for another. All the money back is an answer, too. Where the platform's
-- calls about complaints, its process or its connections were struck, the time begins when strikes are off.
WITH kept AS (
    SELECT COUNT(*) AS times
    FROM   events
    WHERE  (struck AND kind IN ('complaint', 'connection')) OR (kind = 'strike' AND detail <> '{}')
),
asked AS (
    SELECT c.intent, c.channel, c.ref, c.time_ns AS raised_ns, MIN(a.time_ns) AS answered_ns
    FROM   complaints AS c
    LEFT JOIN complaints AS a ON a.ref = c.ref AND a.channel = c.channel AND NOT a.told AND a.time_ns >= c.time_ns
    WHERE  c.told
    GROUP BY c.intent, c.channel, c.ref, c.time_ns
),
timed AS (
    SELECT asked.*, run.settled_ns,
           CASE WHEN kept.times > 0 AND asked.raised_ns < run.healed_ns THEN run.healed_ns ELSE asked.raised_ns END
               + promised.span_ns                                                            AS due_ns,
           CASE WHEN o.net_fen <= 0 THEN o.last_refunded_ns END                              AS back_ns
    FROM   asked
    CROSS JOIN kept
    CROSS JOIN run
    JOIN   promised ON promised.name = 'complaint_answered_within'
    LEFT JOIN orders AS o ON o.intent = asked.intent
)
SELECT intent,
       CASE WHEN answered_ns <= due_ns OR back_ns <= due_ns THEN TRUE
            WHEN due_ns <= settled_ns THEN FALSE END                                         AS held,
       CASE WHEN answered_ns <= due_ns OR back_ns <= due_ns THEN 'answered in time'
            WHEN due_ns > settled_ns THEN 'not answered yet, and still has time'
            WHEN answered_ns IS NULL THEN 'never answered' ELSE 'answered too late' END      AS says,
       CASE WHEN answered_ns <= due_ns OR back_ns <= due_ns THEN '按时回复'
            WHEN due_ns > settled_ns THEN '尚未回复，但未到期'
            WHEN answered_ns IS NULL THEN '一直没有回复' ELSE '回复超时' END                   AS says_zh,
       'complaint about ' || ref || ' at ' || channel                                        AS evidence
FROM   timed
