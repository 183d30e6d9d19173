-- keep: view
-- A row per customer whose wallet (余额) was read: the least balance that was shown, what was shown before the load
-- (`opening_fen`) and at the final read (`final_fen`), NULL where it could not be read; `lines_fen`, what the lines come
-- to that were added between; `gone`: so many lines had been shown and were not there at the end. `intent` is the first of his.
SELECT CAST(detail ->> 'customer' AS BIGINT)                                                 AS customer, intent,
       amount_fen                                                                            AS least_fen,
       CAST(detail ->> 'opening' AS BIGINT)                                                  AS opening_fen,
       CAST(detail ->> 'final' AS BIGINT)                                                    AS final_fen,
       CAST(detail ->> 'lines' AS BIGINT)                                                    AS lines_fen,
       CAST(detail ->> 'gone' AS BIGINT)                                                     AS gone,
       detail ->> 'texts'                                                                    AS texts
FROM   events
WHERE  kind = 'wallet_sum'
