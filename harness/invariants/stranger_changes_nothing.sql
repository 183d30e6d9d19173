-- title: Nobody changes another's order | 别人的订单改不动
-- promise: trust                     severity: critical         proof: seen          needs: meddles
-- why: Who can mend the account of any order whose number he knows has others pay for his goods. | 知道单号就能改别人订单的充值账号，等于让别人替他付钱。
-- A case is an order for which another customer asked for redelivery to an account of his own, and that was refused him,
-- or that was delivered. What he was told does not matter where the goods went to their owner.
WITH meddled AS (
    SELECT intent, MAX(account) AS account, MAX(order_no) AS order_no,
           COUNT(CASE WHEN outcome = 'fail' AND http_status > 0 THEN 1 END)                  AS refused
    FROM   events
    WHERE  kind = 'meddle' AND intent IS NOT NULL
    GROUP BY intent
),
served AS (
    SELECT m.intent, m.account, m.order_no, m.refused,
           COUNT(d.intent)                                                                   AS deliveries,
           COUNT(CASE WHEN STRPOS(d.account, m.account) > 0 THEN 1 END)                      AS his
    FROM   meddled AS m
    LEFT JOIN deliveries AS d ON d.intent = m.intent AND NOT d.excused AND NOT d.cards
    GROUP BY m.intent, m.account, m.order_no, m.refused
)
SELECT intent,
       his = 0                                                                               AS held,
       CASE WHEN his > 0 THEN 'delivered to an account that a stranger had named'
            WHEN refused > 0 THEN 'refused to a stranger'
            ELSE 'delivered to its owner all the same' END                                   AS says,
       CASE WHEN his > 0 THEN '充到了陌生人改的账号'
            WHEN refused > 0 THEN '陌生人更改被拒绝'
            ELSE '仍充给了本人' END                                                            AS says_zh,
       'order ' || order_no || ', the stranger named ' || account                            AS evidence
FROM   served
WHERE  deliveries > 0 OR refused > 0
