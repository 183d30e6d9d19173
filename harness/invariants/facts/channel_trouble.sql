-- keep: view
-- A row per intent whose messages a strike met on their way: how often.
SELECT intent, COUNT(*) AS strikes_met
FROM   events
WHERE  vantage = 'message' AND struck AND intent IS NOT NULL
GROUP BY intent
