-- title: The list has each order once | 订单列表不重不漏
-- promise: state                     severity: major            proof: seen          needs: order_list
-- why: What a customer does not find in his list is a lost order to him, and what stands there twice was bought twice. | 列表里找不到的订单，对客户来说就是丢了；列了两遍的，就像买了两次。
-- A case is an order whose customer's own list was read to its end, page by page, after all orders had been read. Broken if
-- it stands there more than once, or if it was charged and does not stand there. Lists may leave out what was never paid, and
-- the lines of a batch. A list that could not be read says nothing, nor does one call that tells no order of the whole run.
WITH listed AS (
    SELECT intent, order_no, MIN(CASE WHEN outcome = 'ok' THEN CAST(detail ->> 'times' AS INTEGER) END) AS times
    FROM   events
    WHERE  kind = 'listed' AND intent IS NOT NULL
    GROUP BY intent, order_no
),
ever AS (SELECT COALESCE(SUM(times), 0) AS seen FROM listed),
of_batches AS (SELECT DISTINCT intent FROM events WHERE kind = 'place' AND CONTAINS(detail, '"batch"'))
SELECT l.intent,
       CASE WHEN l.times IS NULL OR ever.seen = 0 THEN NULL ELSE l.times <= 1 AND (l.times = 1 OR o.captures = 0) END AS held,
       CASE WHEN l.times IS NULL THEN 'the list could not be read'
            WHEN ever.seen = 0 THEN 'no list tells any order of this run'
            ELSE 'listed ' || CAST(l.times AS VARCHAR) || ' times' END                        AS says,
       CASE WHEN l.times IS NULL THEN '列表未能读取'
            WHEN ever.seen = 0 THEN '所有列表都不含本次运行的订单'
            ELSE '列表中出现 ' || CAST(l.times AS VARCHAR) || ' 次' END                         AS says_zh,
       'order ' || l.order_no || ', charged ' || CAST(o.captures AS VARCHAR) || ' times'      AS evidence
FROM   listed AS l
JOIN   orders AS o ON o.intent = l.intent
CROSS JOIN ever
WHERE  l.times IS NULL OR l.times > 0 OR (o.captures > 0 AND l.intent NOT IN (SELECT intent FROM of_batches))
