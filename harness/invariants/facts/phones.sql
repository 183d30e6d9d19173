-- keep: table
-- A row per intent whose customer is told something by phone: the customer's own number, and the account that was
-- charged. No rows where nothing is announced.
SELECT intent, detail ->> 'phone' AS phone, account
FROM   events
WHERE  kind = 'intent' AND intent IS NOT NULL AND (SELECT COUNT(*) FROM announced) > 0
  AND  COALESCE(detail ->> 'phone', '') <> ''
