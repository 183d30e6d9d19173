-- title: One submission, one order | 一次提交只有一单
-- promise: state                     severity: major            proof: seen
-- why: A refresh or a retry with the same token that makes a second order makes a second charge. | 刷新或重试生成第二张订单，客户就会付第二次款。
SELECT intent,
       orders_made = 1                                                                       AS held,
       CASE WHEN orders_made = 1 THEN 'one order' ELSE 'one submission became several orders' END AS says,
       CASE WHEN orders_made = 1 THEN '只有一单' ELSE '同一次提交生成了多张订单' END            AS says_zh,
       CASE WHEN orders_made = 1 THEN 'order ' || order_no
            ELSE 'orders ' || order_no || ' and ' || last_order_no END
           || ', accepted ' || CAST(placed_ok AS VARCHAR) || ' times'                        AS evidence
FROM   orders
WHERE  orders_made > 0
