-- title: A delivered order shows the account that got the goods | 到账的是哪个号码，订单就写哪个
-- promise: state                     severity: major            proof: seen          needs: corrections.shown
-- why: Who reads his mended number on an order that went to the old one looks for the goods where they never were. | 订单上写着改正后的号码，货却充到了旧号码上，客户到错的地方找货。
-- A case is an order whose account was mistyped, that was delivered to one account, and whose final read shows one. Broken only
-- if what is shown fits the other of both, the one that was mistyped and the one that was meant, and not the one served.
WITH slipped AS (
    SELECT e.intent, MAX(e.detail ->> 'slip') AS mistyped, MAX(i.account) AS meant
    FROM   events AS e
    JOIN   events AS i ON i.intent = e.intent AND i.kind = 'intent'
    WHERE  e.kind = 'place' AND CONTAINS(e.detail, '"slip"')
    GROUP BY e.intent
),
served AS (
    SELECT d.intent, MIN(d.account) AS account, MIN(s.mistyped) AS mistyped, MIN(s.meant) AS meant,
           MAX(CASE WHEN STRPOS(d.account, s.mistyped) > 0 THEN 1 ELSE 0 END)                AS went_wrong
    FROM   deliveries AS d
    JOIN   slipped AS s ON s.intent = d.intent
    WHERE  NOT d.excused AND NOT d.cards AND d.account <> ''
    GROUP BY d.intent
    HAVING COUNT(DISTINCT d.account) = 1
),
shown AS (
    SELECT intent, account AS text,
           REGEXP_REPLACE(
               REGEXP_REPLACE(
                   REGEXP_REPLACE(REGEXP_REPLACE(account, '@.*$', ''), '^ *([+]|00)86[ -]*', ''), '[xX]{3,}', '*', 'g'
               ),
               '[^A-Za-z0-9]+', '%', 'g'
           )                                                                                 AS fits
    FROM   events
    WHERE  kind = 'audit' AND outcome = 'ok' AND state = 'delivered' AND account <> '' AND intent IS NOT NULL
),
read AS (
    SELECT s.intent, v.text, s.account, s.went_wrong,
           CASE WHEN s.account LIKE v.fits THEN 0
                WHEN s.went_wrong = 1 AND s.meant LIKE v.fits THEN 1
                WHEN s.went_wrong = 0 AND s.mistyped LIKE v.fits THEN 1
                ELSE 0 END                                                                   AS misled
    FROM   served AS s
    JOIN   shown AS v ON v.intent = s.intent
)
SELECT intent,
       misled = 0                                                                            AS held,
       CASE WHEN misled = 0 THEN 'shows no other account than was served'
            WHEN went_wrong = 1 THEN 'shows the mended account, and the mistyped one was served'
            ELSE 'shows the mistyped account, and the mended one was served' END             AS says,
       CASE WHEN misled = 0 THEN '显示的不是没到账的那个账号'
            WHEN went_wrong = 1 THEN '显示改正后的账号，实际充到了旧账号'
            ELSE '显示旧账号，实际充到了改正后的账号' END                                      AS says_zh,
       'shown as ' || text || ', delivered to ' || account                                   AS evidence
FROM   read
