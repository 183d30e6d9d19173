-- title: A mended account is served | 改正后的账号才到账
-- promise: goods                     severity: critical         proof: seen          needs: corrections
-- why: A customer who mends a wrong digit before paying, and is told yes, has done all that he can; goods at the old account are gone. | 客户付款前就改正了号码，平台也答应了；还充到旧号码上，货就追不回来了。
-- A case is a delivery of an order whose account was mistyped. It must not go there if the account was mended, with a yes,
-- before the order was paid: by then nobody can have been sent the old one. Whose account is mended later, or was refused
-- to be, may find either served, and only one.
WITH slipped AS (
    SELECT intent, MAX(detail ->> 'slip') AS account
    FROM   events
    WHERE  kind = 'place' AND CONTAINS(detail, '"slip"') AND intent IS NOT NULL
    GROUP BY intent
),
mended AS (
    SELECT intent, MIN(time_ns + took_us * 1000)                                             AS mended_ns
    FROM   events
    WHERE  kind = 'resend' AND outcome = 'ok' AND intent IS NOT NULL
    GROUP BY intent
),
seen AS (
    SELECT d.intent, d.channel, d.order_no, d.account, s.account AS wrong,
           COALESCE(m.mended_ns < o.first_captured_ns, FALSE)                                AS in_time,
           STRPOS(d.account, s.account) > 0                                                  AS wrong_served
    FROM   deliveries AS d
    JOIN   slipped AS s ON s.intent = d.intent
    JOIN   orders AS o ON o.intent = d.intent
    LEFT JOIN mended AS m ON m.intent = d.intent
    WHERE  NOT d.excused AND NOT d.cards AND d.account <> ''
)
SELECT intent,
       NOT (in_time AND wrong_served)                                                        AS held,
       CASE WHEN NOT in_time THEN 'not mended before it was paid'
            WHEN wrong_served THEN 'delivered to the account that had been mended before it was paid'
            ELSE 'delivered to the mended account' END                                       AS says,
       CASE WHEN NOT in_time THEN '付款前没有改正'
            WHEN wrong_served THEN '付款前已改正，仍充到了旧账号'
            ELSE '充到了改正后的账号' END                                                      AS says_zh,
       channel || ' ' || order_no || ' to ' || account || ', first written ' || wrong        AS evidence
FROM   seen
