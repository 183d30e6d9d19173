-- keep: table                        sliced by: intent
-- A row per trade of an order at a gateway that money moved on: what was taken and given back, and what became of the
-- gateway's own true word that it was paid: how often it was acknowledged and refused, and when (`told` when it was
-- sent, `answered` when the platform had answered). `unheard`: so often the gateway waited in vain, and no strike was in it.
SELECT intent, channel, ref,
       CAST(SUM(CASE WHEN kind = 'captured' THEN amount_fen ELSE 0 END) AS BIGINT)           AS captured_fen,
       CAST(SUM(CASE WHEN kind = 'refunded' THEN amount_fen ELSE 0 END) AS BIGINT)           AS refunded_fen,
       COUNT(CASE WHEN genuine AND outcome = 'ok' THEN 1 END)                                AS acks,
       COUNT(CASE WHEN genuine AND outcome = 'fail' THEN 1 END)                              AS refusals,
       COUNT(CASE WHEN genuine AND outcome = 'unknown' AND NOT struck
                   AND (detail ->> 'reason') LIKE 'no answer within%' THEN 1 END)            AS unheard,
       MIN(CASE WHEN genuine AND outcome = 'ok' THEN time_ns + took_us * 1000 END)           AS first_ack_answered_ns,
       MAX(CASE WHEN genuine AND outcome = 'ok' THEN time_ns END)                            AS last_ack_told_ns,
       MAX(CASE WHEN genuine AND outcome = 'fail' THEN time_ns END)                          AS last_refusal_told_ns
FROM   events
WHERE  intent IS NOT NULL AND vantage = 'gateway'
  AND  (kind IN ('captured', 'refunded') OR (genuine AND state = 'paid'))
GROUP BY intent, channel, ref
HAVING COUNT(CASE WHEN kind <> 'notify' THEN 1 END) > 0
