-- title: The goods are the goods that were ordered | 面值与商品正确
-- promise: goods                     severity: critical         proof: seen          needs: operators
-- why: Fifty yuan of credit for who paid for a hundred is a lost order, the other way round it is given away. | 付一百到五十是掉单，付五十到一百是白送。
-- What an operator calls the goods is known from the target file; a delivery of another product to the order is wrong.
SELECT d.intent,
       p.goods IS NOT NULL                                                                   AS held,
       CASE WHEN p.goods IS NOT NULL THEN 'the goods that were ordered'
            ELSE 'another product than that of the ordered ' || o.sku END                    AS says,
       CASE WHEN p.goods IS NOT NULL THEN '商品与所下订单一致'
            ELSE '发出的商品不是所下订单的 ' || o.sku END                                      AS says_zh,
       d.channel || ' ' || d.order_no || ', product ' || d.sku                               AS evidence
FROM   deliveries AS d
JOIN   orders AS o ON o.intent = d.intent
LEFT JOIN products AS p ON p.operator = d.channel AND p.product = d.sku AND p.goods = o.sku
WHERE  d.sku <> '' AND NOT d.excused
