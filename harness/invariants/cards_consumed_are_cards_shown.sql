-- title: Cards taken from stock are the cards shown | 出库的卡密就是展示的卡密
-- promise: goods                     severity: critical         needs: database.cards
-- why: A card that left the stock and reached nobody is lost; one that is shown and still in stock is sold again. | 出库却没给客户的卡就丢了；给了客户却没出库的卡会再卖一次。
SELECT c.intent,
       CASE WHEN c.taken > 0 AND c.shown > 0 THEN TRUE
            WHEN o.audits_ok > 0 THEN FALSE END                                              AS held,
       CASE WHEN c.shown = 0 THEN 'a card was taken from stock and is not shown'
            WHEN c.taken = 0 THEN 'a card is shown that the books never took from stock'
            ELSE 'taken and shown' END                                                       AS says,
       CASE WHEN c.shown = 0 THEN '卡密已出库但没有展示'
            WHEN c.taken = 0 THEN '展示的卡密在账上从未出库'
            ELSE '已出库并展示' END                                                            AS says_zh,
       'order ' || c.order_no                                                                AS evidence
FROM   (
    SELECT intent, ref, MIN(order_no) AS order_no,
           COUNT(CASE WHEN kind = 'book_card' THEN 1 END)                                    AS taken,
           COUNT(CASE WHEN kind = 'card' THEN 1 END)                                         AS shown
    FROM   events
    WHERE  kind IN ('book_card', 'card') AND intent IS NOT NULL
    GROUP BY intent, ref
) AS c
JOIN   orders AS o ON o.intent = c.intent
