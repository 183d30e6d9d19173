-- title: A notice is not repeated endlessly | 通知不重复轰炸
-- promise: trust                     severity: major            needs: announces.ended
-- why: A message that comes again and again is taken for fraud, and every one of them is paid for. | 同一条短信反复发送，客户会当成诈骗，而每一条都要付费。
-- Whoever lost an answer may send once more for each one that was lost: a request that never arrived told nobody. Whose
-- process or connections were struck may have lost more than we know.
WITH unanswered AS (
    SELECT intent, COUNT(*) AS sendings
    FROM   events
    WHERE  vantage = 'message' AND kind = 'send' AND struck AND ref <> '' AND intent IS NOT NULL
    GROUP BY intent
)
SELECT m.intent,
       CASE WHEN COUNT(*) <= MAX(a.most) + COALESCE(MAX(u.sendings), 0) THEN TRUE
            WHEN NOT BOOL_OR(a.shaken) THEN FALSE END                                        AS held,
       'told the same ' || CAST(COUNT(*) AS VARCHAR) || ' times'                             AS says,
       '同一条通知发了 ' || CAST(COUNT(*) AS VARCHAR) || ' 次'                                  AS says_zh,
       'promised at most ' || CAST(MAX(a.most) AS VARCHAR) || ', answers of '
           || CAST(COALESCE(MAX(u.sendings), 0) AS VARCHAR) || ' sendings were struck'       AS evidence
FROM   messages AS m
CROSS JOIN (SELECT MAX(most) AS most, BOOL_OR(shaken) AS shaken FROM announced WHERE what = 'ended' HAVING COUNT(*) > 0) AS a
LEFT JOIN unanswered AS u ON u.intent = m.intent
WHERE  m.intent IS NOT NULL
GROUP BY m.intent, m.phone, m.text
