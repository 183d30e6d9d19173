-- keep: view
-- A row per card and order that showed it to its customer: when it was first shown.
SELECT intent, order_no, ref AS card, time_ns AS shown_ns
FROM   events
WHERE  kind = 'card'
