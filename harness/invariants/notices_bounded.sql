-- title: A notice is not repeated endlessly | 通知不重复轰炸
-- promise: trust                     severity: major            proof: seen          needs: announces.ended
-- why: A message that comes again and again is taken for fraud, and every one of them is paid for. | 同一条短信反复发送，客户会当成诈骗，而每一条都要付费。
-- Whoever lost an answer may send once more for each one that was lost.
SELECT m.intent,
       COUNT(*) <= MAX(a.most) + COALESCE(MAX(c.strikes_met), 0)                             AS held,
       'told the same ' || CAST(COUNT(*) AS VARCHAR) || ' times'                             AS says,
       '同一条通知发了 ' || CAST(COUNT(*) AS VARCHAR) || ' 次'                                  AS says_zh,
       'promised at most ' || CAST(MAX(a.most) AS VARCHAR) || ', strikes met '
           || CAST(COALESCE(MAX(c.strikes_met), 0) AS VARCHAR) || ' sendings'                AS evidence
FROM   messages AS m
JOIN   announced AS a ON a.what = 'ended'
LEFT JOIN channel_trouble AS c ON c.intent = m.intent
WHERE  m.intent IS NOT NULL
GROUP BY m.intent, m.phone, m.text
