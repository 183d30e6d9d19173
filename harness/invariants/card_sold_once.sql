-- title: A card is sold once | 一卡不二卖
-- promise: goods                     severity: critical         proof: seen          needs: cards
-- why: Two buyers of one card secret: the slower one has paid for nothing. | 同一张卡密卖给两个人，后用的人钱白花。
SELECT MIN(intent)                                                                           AS intent,
       MIN(intent) = MAX(intent)                                                             AS held,
       'shown to orders ' || CAST(MIN(intent) AS VARCHAR) || ' and ' || CAST(MAX(intent) AS VARCHAR) AS says,
       '同时出现在订单 ' || CAST(MIN(intent) AS VARCHAR) || ' 与 ' || CAST(MAX(intent) AS VARCHAR) AS says_zh,
       'a card shown to ' || CAST(COUNT(*) AS VARCHAR) || ' orders'                          AS evidence
FROM   cards
GROUP BY card
