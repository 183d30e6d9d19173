-- title: What could be read can be read again | 查到过的订单不会查不到
-- promise: state                     severity: major            proof: seen
-- why: An order that is gone on the next refresh is a lost order to its customer, wherever it is. | 刷新一下订单就不见了，对客户来说就是掉单。
-- Only a definite "there is no such order" counts, not an error or a wait. That states only go forward is a law of its
-- own; so is the final read.
SELECT intent,
       not_found = 0                                                                         AS held,
       CASE WHEN not_found = 0 THEN 'found each time'
            ELSE 'not found ' || CAST(not_found AS VARCHAR) || ' times' END                  AS says,
       CASE WHEN not_found = 0 THEN '每次都查得到'
            ELSE '有 ' || CAST(not_found AS VARCHAR) || ' 次查不到' END                        AS says_zh,
       'order ' || order_no || ', ' || CAST(reads AS VARCHAR) || ' reads answered'           AS evidence
FROM   orders
WHERE  orders_made > 0 AND reads + not_found > 0
