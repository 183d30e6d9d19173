-- title: An order shows its own account | 订单显示的是自己的充值账号
-- promise: state                     severity: major            proof: seen          needs: shows.account
-- why: Whoever reads another's number on his order stops the wrong recharge, or learns whom he may pester. | 订单页上写着别人的号码，客户会以为充错了去拦单，别人的隐私也漏了。
-- A case is an account as it was shown in answer to a read of an order, whole or masked: what can be read of it stands in the
-- account that was ordered (or first mistyped) in the same order. Broken only if it fits that of another order of the run
-- instead; what fits none is written in a way that nobody knows. Country codes and what follows an @ are passed over.
WITH written AS (
    SELECT intent, account FROM events WHERE kind = 'intent' AND account <> '' AND intent IS NOT NULL
    UNION
    SELECT intent, detail ->> 'slip' FROM events WHERE kind = 'place' AND CONTAINS(detail, '"slip"') AND intent IS NOT NULL
),
shown AS (
    SELECT DISTINCT intent, account AS text,
           REGEXP_REPLACE(REGEXP_REPLACE(account, '@.*$', ''), '^ *([+]|00)86[ -]*', '')     AS bare
    FROM   events
    WHERE  kind IN ('status', 'audit') AND outcome = 'ok' AND account <> '' AND intent IS NOT NULL
),
masked AS (
    SELECT intent, text,
           REGEXP_REPLACE(REGEXP_REPLACE(bare, '[xX]{3,}', '*', 'g'), '[^A-Za-z0-9]+', '%', 'g') AS fits
    FROM   shown
    WHERE  REGEXP_MATCHES(bare, '[A-Za-z0-9]{2}')
),
own AS (
    SELECT m.intent, m.text, m.fits, MAX(CASE WHEN w.account LIKE m.fits THEN 1 ELSE 0 END)  AS is_own
    FROM   masked AS m
    JOIN   written AS w ON w.intent = m.intent
    GROUP BY m.intent, m.text, m.fits
),
strange AS (SELECT intent, text, fits FROM own WHERE is_own = 0 ORDER BY intent, text LIMIT 500),
others AS (
    SELECT s.intent, s.text, MIN(w.intent) AS whose
    FROM   strange AS s
    JOIN   written AS w ON w.intent <> s.intent AND w.account LIKE s.fits
    GROUP BY s.intent, s.text
)
SELECT o.intent,
       o.is_own = 1                                                                          AS held,
       CASE WHEN o.is_own = 1 THEN 'shows its own account'
            ELSE 'shows the account of order ' || CAST(t.whose AS VARCHAR) END               AS says,
       CASE WHEN o.is_own = 1 THEN '显示的是自己的账号'
            ELSE '显示了订单 ' || CAST(t.whose AS VARCHAR) || ' 的账号' END                     AS says_zh,
       'shown as ' || o.text                                                                 AS evidence
FROM   own AS o
LEFT JOIN others AS t ON t.intent = o.intent AND t.text = o.text
WHERE  o.is_own = 1 OR t.whose IS NOT NULL
