-- keep: table
-- A row per batch that a platform took: whose it is, and what the platform said of it when it first called it done (NULL
-- if it never did): the lines that were sent, what it counted, how many failures it listed, how many that nobody sent.
SELECT taken.batch_no, taken.intent, said.done_asked_ns, said.lines, said.delivered, said.failed, said.listed, said.strange
FROM   (
    SELECT ref AS batch_no, MIN(intent) AS intent
    FROM   events
    WHERE  kind = 'batch' AND outcome = 'ok' AND intent IS NOT NULL
    GROUP BY ref
) AS taken
LEFT JOIN (
    SELECT ref AS batch_no, MIN(time_ns) AS done_asked_ns,
           MIN(CAST(detail ->> 'lines' AS INTEGER))                                          AS lines,
           MIN(CAST(detail ->> 'delivered' AS INTEGER))                                      AS delivered,
           MIN(CAST(detail ->> 'failed' AS INTEGER))                                         AS failed,
           MIN(CAST(detail ->> 'listed' AS INTEGER))                                         AS listed,
           MIN(CAST(detail ->> 'strange' AS INTEGER))                                        AS strange
    FROM   events
    WHERE  kind = 'batch_status' AND outcome = 'ok' AND state = 'done'
    GROUP BY ref
) AS said ON said.batch_no = taken.batch_no
