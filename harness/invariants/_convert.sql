-- raw rows -> events: the intent is filled where its recorder did not know it, and the few facts that the laws fold
-- often are lifted out of `detail`. Sorted by intent, so that one order's rows lie together.
SELECT r.run, r.recorder, r.seq, r.vantage, r.kind, r.time_ns,
       -- An order number that a customer was given tells more than digits that a gateway or a message channel happened to see.
       CASE WHEN r.vantage IN ('gateway', 'message') AND by_number.given IS NOT NULL THEN by_number.given
            WHEN known.intent IS NOT NULL THEN known.intent
            WHEN by_account.intent IS NOT NULL THEN by_account.intent
            -- Goods went to the account that they went to, whatever order they were meant for.
            WHEN r.kind = 'delivered' AND r.account <> '' THEN NULL
            ELSE by_number.intent END                                            AS intent,
       CASE WHEN known.intent IS NOT NULL THEN 'recorder'
            WHEN by_account.intent IS NOT NULL THEN 'account'
            WHEN r.kind = 'delivered' AND r.account <> '' THEN ''
            WHEN by_number.intent IS NOT NULL THEN 'order_no'
            ELSE '' END                                                          AS intent_by,
       -- whose order it was for, by the number that a customer was given
       CASE WHEN r.kind = 'delivered' THEN COALESCE(by_number.given, by_prefix.given) END AS order_intent,
       r.order_no, r.ref, r.channel, r.account, r.sku, r.amount_fen, r.outcome, r.state, r.attempt, r.http_status,
       r.took_us, r.strikes, r.spared, CAST(r.detail AS VARCHAR) AS detail,
       COALESCE(TRY_CAST(CASE WHEN r.kind IN ('intent', 'delivered') THEN r.detail ->> 'units' END AS DOUBLE), 1) AS units,
       CASE WHEN r.kind = 'intent' THEN COALESCE(r.detail ->> 'persona', '') ELSE '' END AS persona,
       CASE WHEN r.kind = 'intent' THEN TRY_CAST(r.detail ->> 'late_us' AS BIGINT) END   AS late_us,
       -- What a customer waited; the first placing is journalled from its intended start, the driver's own lateness
       -- included. A refusal took no time that anybody waited for.
       CASE WHEN r.vantage = 'customer'
                AND ((r.kind IN ('place', 'pay', 'status') AND r.outcome <> 'fail')
                     OR (r.kind = 'done' AND r.outcome = 'ok' AND r.state = 'delivered'))
            THEN r.took_us END                                                                          AS waited_us,
       COALESCE(r.kind = 'delivered' AND (r.detail -> 'cards') IS NOT NULL, FALSE)         AS cards,
       r.kind = 'notify' AND COALESCE(TRY_CAST(r.detail ->> 'sent' AS BOOLEAN), TRUE)    AS sent,
       -- A return page that somebody opened by a URL of his own making is as forged as a notification.
       (r.kind = 'notify' AND COALESCE(TRY_CAST(r.detail ->> 'sent' AS BOOLEAN), TRUE)
        OR r.kind = 'come_back' AND r.http_status > 0)
           AND (COALESCE(TRY_CAST(r.detail ->> 'forged' AS BOOLEAN), FALSE)
                OR COALESCE(TRY_CAST(r.detail ->> 'foreign' AS BOOLEAN), FALSE))         AS forged,
       -- What the gateway or operator itself had to say, as it is: not somebody else's, an old one,
       -- the contrary, or changed on its way.
       r.kind = 'notify' AND COALESCE(TRY_CAST(r.detail ->> 'sent' AS BOOLEAN), TRUE)
           AND COALESCE(r.detail ->> 'forged', '0') = '0' AND COALESCE(r.detail ->> 'foreign', '0') = '0'
           AND COALESCE(r.detail ->> 'probe', '0') = '0' AND COALESCE(r.detail ->> 'contrary', '0') = '0'
           AND COALESCE(r.detail ->> 'echo', '0') = '0'
           -- Whoever was not told the next key cannot but refuse what it signed.
           AND NOT (COALESCE(r.detail ->> 'rotated', '0') <> '0' AND r.outcome = 'fail')
           AND NOT (LEN(r.strikes) > 0 AND LIST_HAS_ANY(r.strikes, $rewritten))          AS genuine,
       r.kind IN ('status', 'audit') AND r.outcome = 'ok' AND r.state <> ''              AS shown,
       LEN(r.strikes) > 0                                                                AS struck,
       -- An upstream was made to say or do, validly signed, what no platform can see through.
       LEN(r.strikes) > 0 AND (
           (r.vantage = 'operator' AND r.kind = 'notify'
               AND (LIST_HAS_ANY(r.strikes, $rewritten)
                    OR COALESCE(TRY_CAST(r.detail ->> 'lie' AS BOOLEAN), FALSE)))
           -- a payment of another amount that was told, in good order, as one of the price
           OR (r.vantage = 'gateway' AND r.kind = 'notify' AND LIST_HAS_ANY(r.strikes, $rewritten)
               AND r.amount_fen = known.listed_fen)
           OR (r.vantage = 'operator' AND r.kind = 'query' AND (r.detail ->> 'shows') = 'flip')
           OR (r.kind IN ('submit', 'refund') AND LIST_HAS_ANY(r.strikes, $done_otherwise))
           OR (r.kind = 'refund' AND LIST_HAS_ANY(r.strikes, $not_done))
           OR (r.kind = 'submit' AND LIST_HAS_ANY(r.strikes, $denied)
               AND (COALESCE((r.detail ->> 'reason'), '') NOT IN ('', 'busy')
                    OR COALESCE((r.detail ->> 'denies'), '0') = '1')))                     AS lied,
       -- The caller was told nothing certain, and has no number to ask by: only a person can find out.
       r.kind = 'submit' AND LEN(r.strikes) > 0 AND (r.outcome <> 'fail' OR r.ref <> '')
           AND LIST_CONTAINS($numberless, r.channel)                                       AS untraced
FROM   raw AS r
LEFT JOIN intents  AS known      ON known.intent = r.intent
LEFT JOIN accounts AS by_account ON known.intent IS NULL AND by_account.account = r.account
LEFT JOIN numbers  AS by_number  ON by_number.order_no = r.order_no
LEFT JOIN prefixes AS by_prefix  ON r.kind = 'delivered' AND by_prefix.order_no = LEFT(r.order_no, $prefix)
ORDER BY 7 NULLS LAST, 6
