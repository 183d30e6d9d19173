-- title: No card is shown before it is paid for | 未付款不给卡
-- promise: goods                     severity: critical         needs: cards
-- why: A card secret that was seen is spent; nobody pays for it afterwards. | 卡密一旦看到就等于用掉，之后不会再有人付款。
SELECT o.intent,
       COALESCE(o.first_captured_ns <= c.shown_ns, FALSE)                                    AS held,
       CASE WHEN o.captures = 0 THEN 'a card was shown, and nothing was ever charged'
            WHEN o.first_captured_ns > c.shown_ns THEN 'a card was shown before the charge'
            ELSE 'charged, then shown' END                                                   AS says,
       CASE WHEN o.captures = 0 THEN '从未扣款却显示了卡密'
            WHEN o.first_captured_ns > c.shown_ns THEN '扣款之前就显示了卡密'
            ELSE '先扣款后显示' END                                                           AS says_zh,
       'order ' || c.order_no                                                                AS evidence
FROM   cards AS c
JOIN   orders AS o ON o.intent = c.intent
