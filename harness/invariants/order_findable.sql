-- title: Every accepted order can be found again | 订单查得到
-- promise: state                     severity: critical
-- why: A number that the customer holds must lead to the order, whatever happened since. | 客户手里的订单号，任何时候都必须查得到。
-- Only a definite "there is no such order" at the final read breaks it; no answer leaves it unknown.
SELECT intent,
       CASE WHEN audits_fail > 0 THEN FALSE
            WHEN audits_ok >= orders_made THEN TRUE END                                      AS held,
       CASE WHEN audits_fail > 0 THEN 'accepted, and cannot be found any more'
            WHEN audits_ok >= orders_made THEN 'found'
            ELSE 'could not be asked for' END                                                AS says,
       CASE WHEN audits_fail > 0 THEN '下单成功，之后却查不到'
            WHEN audits_ok >= orders_made THEN '查得到'
            ELSE '未能查询' END                                                               AS says_zh,
       'order ' || order_no                                                                  AS evidence
FROM   orders
WHERE  orders_made > 0
