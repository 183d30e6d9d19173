-- keep: view
-- A row per message that reached a customer, and the order that it is about: NULL where the text tells none.
SELECT intent, time_ns AS told_ns, order_no, ref, channel, account AS phone, detail ->> 'text' AS text
FROM   events
WHERE  vantage = 'message' AND kind = 'sent'
