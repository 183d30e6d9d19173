-- keep: view
-- A row per look at what an order's lateness was made good with: what a read showed had been given by then (`asked_ns`
-- when it was asked, `known_ns` when it was answered), or a line of the platform's own books: what was given, and when
-- (NULL where the books do not say).
SELECT intent, kind <> 'book_compensation' AS shown,
       CASE WHEN kind <> 'book_compensation' THEN time_ns END                                AS asked_ns,
       CASE WHEN kind <> 'book_compensation' THEN time_ns + took_us * 1000
            WHEN state = 'timed' THEN time_ns END                                            AS known_ns,
       CASE WHEN kind = 'book_compensation' THEN amount_fen
            ELSE CAST(detail ->> 'compensation' AS BIGINT) END                               AS given_fen
FROM   events
WHERE  intent IS NOT NULL
  AND  (kind = 'book_compensation'
        OR (kind IN ('status', 'audit') AND outcome = 'ok' AND (detail ->> 'compensation') IS NOT NULL))
