-- title: A notice names its customer's own account | 通知里写的是客户自己的账号
-- promise: trust                     severity: major            proof: seen          needs: announces.ended
-- why: Whoever reads another's number in his notice believes that his goods went there, and knows what is none of his business. | 通知里写着别人的号码，客户会以为充错了，也看到了别人的隐私。
-- A case is a message to a customer of the run. What accounts of the run's orders it names, whole, are those of his own
-- orders, or the very phone that was told.
WITH told AS (
    SELECT intent, phone, text, MIN(told_ns) AS told_ns
    FROM   messages
    WHERE  phone IN (SELECT phone FROM phones)
    GROUP BY intent, phone, text
),
words AS (
    SELECT intent, phone, text, UNNEST(REGEXP_EXTRACT_ALL(text, '[A-Za-z0-9_]{6,64}'))       AS word
    FROM   told
),
named AS (
    SELECT w.intent, w.phone, w.text, w.word, MIN(p.intent)                                  AS whose,
           MAX(CASE WHEN p.phone = w.phone OR p.account = w.phone THEN 1 ELSE 0 END)         AS his
    FROM   words AS w
    JOIN   phones AS p ON p.account = w.word
    GROUP BY w.intent, w.phone, w.text, w.word
),
strange AS (SELECT phone, text, MIN(whose) AS whose FROM named WHERE his = 0 GROUP BY phone, text)
SELECT COALESCE(t.intent, s.whose)                                                           AS intent,
       s.whose IS NULL                                                                       AS held,
       CASE WHEN s.whose IS NULL THEN 'names no account of another customer'
            ELSE 'names the account of order ' || CAST(s.whose AS VARCHAR) || ', of another customer' END AS says,
       CASE WHEN s.whose IS NULL THEN '没有写别的客户的账号'
            ELSE '写了别的客户的账号（订单 ' || CAST(s.whose AS VARCHAR) || '）' END             AS says_zh,
       'to ' || t.phone || ': ' || t.text                                                    AS evidence
FROM   told AS t
LEFT JOIN strange AS s ON s.phone = t.phone AND s.text = t.text
