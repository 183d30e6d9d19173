-- keep: table                        needs: run
-- A row per intent that an operator handed cards out for: which operator, how many numbers and passwords, and how many
-- of them the platform never showed its customer, however it writes them.
WITH handed AS (
    SELECT COALESCE(order_intent, intent)                                                    AS intent, channel,
           UNNEST(FROM_JSON(detail -> 'cards', '["VARCHAR"]'))                               AS number,
           UNNEST(COALESCE(FROM_JSON(detail -> 'card_passwords', '["VARCHAR"]'), []))        AS password
    FROM   (SELECT intent, order_intent, channel, CAST(detail AS JSON) AS detail
            FROM events WHERE kind = 'delivered' AND cards)
    WHERE  COALESCE(order_intent, intent) IS NOT NULL
),
codes AS (
    SELECT intent, channel, 'number' AS part, REGEXP_REPLACE(number, '[^A-Za-z0-9]', '', 'g') AS code FROM handed
    UNION ALL
    SELECT intent, channel, 'password', REGEXP_REPLACE(password, '[^A-Za-z0-9]', '', 'g') FROM handed
),
said AS (
    SELECT intent, STRING_AGG(DISTINCT REGEXP_REPLACE(detail ->> 'cards', '[^A-Za-z0-9]', '', 'g'), ' ') AS text
    FROM   (SELECT intent, CAST(detail AS JSON) AS detail FROM events WHERE shown AND CONTAINS(detail, '"cards"'))
    GROUP BY intent
)
SELECT c.intent, MIN(c.channel) AS channel,
       COUNT(CASE WHEN c.part = 'number' THEN 1 END)                                         AS numbers,
       COUNT(CASE WHEN c.part = 'number' AND NOT COALESCE(CONTAINS(s.text, c.code), FALSE) THEN 1 END)
                                                                                             AS numbers_unshown,
       COUNT(CASE WHEN c.part = 'password' THEN 1 END)                                       AS passwords,
       COUNT(CASE WHEN c.part = 'password' AND NOT COALESCE(CONTAINS(s.text, c.code), FALSE) THEN 1 END)
                                                                                             AS passwords_unshown
FROM   codes AS c
LEFT JOIN said AS s ON s.intent = c.intent
WHERE  c.code <> ''
GROUP BY c.intent
