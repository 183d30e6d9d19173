-- title: Goods go to the account that ordered them | 充对账号
-- promise: goods                     severity: critical         needs: operators
-- why: Goods in a stranger's account are gone, and the customer still waits for them. | 充到别人账号的货追不回来，客户还在等。
-- Card goods have no account to recharge; theirs is judged only by whose order and whose remark it was. A case is a
-- delivery, not an order, so that one to an account nobody ordered is a case too.
SELECT COALESCE(d.order_intent, d.intent)                                                    AS intent,
       CASE WHEN d.intent IS NULL THEN FALSE
            WHEN d.order_intent <> d.intent THEN FALSE
            WHEN NOT d.cards AND STRPOS(d.account, o.account) = 0 THEN FALSE
            ELSE TRUE END                                                                    AS held,
       CASE WHEN d.intent IS NULL THEN 'delivered to an account that nobody ordered for'
            WHEN d.order_intent <> d.intent THEN 'delivered to the account of another order'
            WHEN NOT d.cards AND STRPOS(d.account, o.account) = 0 THEN 'delivered to an altered account'
            ELSE 'delivered to the account that was ordered' END                             AS says,
       CASE WHEN d.intent IS NULL THEN '充到了没有人下单的账号'
            WHEN d.order_intent <> d.intent THEN '充到了另一笔订单的账号'
            WHEN NOT d.cards AND STRPOS(d.account, o.account) = 0 THEN '充值账号被改动'
            ELSE '充到了下单的账号' END                                                       AS says_zh,
       d.channel || ' ' || d.order_no || ' ' || d.ref || ' to ' || d.account                 AS evidence
FROM   deliveries AS d
LEFT JOIN orders AS o ON o.intent = d.intent
WHERE  NOT d.excused
  AND  (d.intent IS NOT NULL OR (d.account <> '' AND NOT d.cards))
