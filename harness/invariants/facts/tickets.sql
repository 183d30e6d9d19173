-- keep: table
-- A row per order whose customer opened a ticket with the platform: when that was answered, the first answer that showed
-- it answered or closed (`word_*`) or closed (`closed_*`), and the last question that was still answered with `open`.
SELECT intent,
       MIN(CASE WHEN kind = 'ticket' THEN time_ns + took_us * 1000 END)                      AS opened_ns,
       MIN(CASE WHEN state IN ('answered', 'closed') THEN time_ns + took_us * 1000 END)      AS word_shown_ns,
       MIN(CASE WHEN state = 'closed' THEN time_ns + took_us * 1000 END)                     AS closed_shown_ns,
       MAX(CASE WHEN state = 'open' THEN time_ns END)                                        AS last_open_asked_ns
FROM   events
WHERE  kind IN ('ticket', 'ticket_state') AND outcome = 'ok' AND intent IS NOT NULL
GROUP BY intent
HAVING COUNT(CASE WHEN kind = 'ticket' THEN 1 END) > 0
