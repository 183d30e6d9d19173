-- keep: view
-- A row per delivery of a notification or callback that was planned; `sent` is false where it was lost on the way.
SELECT intent, vantage, channel, order_no, ref, time_ns, state, amount_fen, outcome, attempt, forged, sent, struck
FROM   events
WHERE  kind = 'notify'
