-- keep: view
-- A row per delivery that really happened: to whose account, and for whose order if the platform's number tells.
-- `excused`: a strike changed at the operator what the platform had asked for.
SELECT d.intent, d.order_intent, d.time_ns AS delivered_ns, d.channel, d.order_no, d.ref, d.account, d.sku, d.units,
       d.amount_fen AS cost_fen, d.cards, changed.order_no IS NOT NULL AS excused
FROM   events AS d
LEFT JOIN (
    SELECT channel, order_no FROM events WHERE kind = 'submit' AND lied GROUP BY channel, order_no
) AS changed ON changed.channel = d.channel AND changed.order_no = d.order_no
WHERE  d.kind = 'delivered'
