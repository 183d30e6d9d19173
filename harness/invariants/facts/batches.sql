-- keep: table
-- A row per batch that a platform took: whose it is, and what the platform said of it when it first called it done (NULL
-- if it never did): the lines that were sent, what it counted, how many failures it listed, how many that nobody sent.
-- `last_...` is the same of the final read; `over`: by then the platform itself showed an end of every line.
SELECT taken.batch_no, taken.intent, said.done_asked_ns, said.lines, said.delivered, said.failed, said.listed, said.strange,
       last.lines AS last_lines, last.delivered AS last_delivered, last.failed AS last_failed, last.listed AS last_listed,
       COALESCE(last.over = 1, FALSE) AS over
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
    FROM   (
        SELECT ref, time_ns, detail, MIN(time_ns) OVER (PARTITION BY ref) AS first_ns
        FROM   events
        WHERE  kind IN ('batch_status', 'batch_audit') AND outcome = 'ok' AND state = 'done'
    )
    WHERE  time_ns = first_ns
    GROUP BY ref
) AS said ON said.batch_no = taken.batch_no
LEFT JOIN (
    SELECT ref AS batch_no,
           MAX(CAST(detail ->> 'lines' AS INTEGER))                                          AS lines,
           MAX(CAST(detail ->> 'delivered' AS INTEGER))                                      AS delivered,
           MAX(CAST(detail ->> 'failed' AS INTEGER))                                         AS failed,
           MAX(CAST(detail ->> 'listed' AS INTEGER))                                         AS listed,
           MAX(CAST(detail ->> 'over' AS INTEGER))                                           AS over
    FROM   events
    WHERE  kind = 'batch_audit' AND outcome = 'ok'
    GROUP BY ref
) AS last ON last.batch_no = taken.batch_no
