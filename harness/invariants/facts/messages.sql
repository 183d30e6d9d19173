-- keep: view                        needs: phones
-- A row per message that reached a customer, and the order that it is about: NULL where the text tells none. `strayed`:
-- it went to the phone of another customer, and neither to the buyer nor to the account that was charged.
SELECT e.intent, e.time_ns AS told_ns, e.order_no, e.ref, e.channel, e.account AS phone, e.detail ->> 'text' AS text,
       COALESCE(e.account <> p.phone AND e.account <> p.account AND e.account IN (SELECT phone FROM phones), FALSE)
                                                                                             AS strayed
FROM   events AS e
LEFT JOIN phones AS p ON p.intent = e.intent
WHERE  e.vantage = 'message' AND e.kind = 'sent'
