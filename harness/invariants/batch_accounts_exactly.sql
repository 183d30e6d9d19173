-- title: A batch accounts for every line | 批量订单逐行对得上
-- promise: goods                     severity: critical         needs: batches
-- why: A merchant settles with its own customers by these totals; a line that is missing there is money that nobody looks for. | 商户按批次结果与自己的客户结算，漏掉一行，就是一笔没人去找的钱。
-- A case is a batch. Once the platform calls it done, each line is either delivered, or listed as failed and paid back, by
-- the operators' and the gateways' books, and its counts are those of its lists. At the final read, once the platform
-- itself shows an end of every line, its counts add up to the lines. A batch that was never read as done before that is
-- unknown (and no case where a line waits for a person, since no platform can learn what its operator did); so is a line
-- that was delivered in part, one about which an upstream was made to lie, and one whose money still has time to come back.
-- So is one that was only ever answered with another number of orders than it has lines: nobody knows which line is which.
WITH judged AS (
    SELECT l.ref AS batch_no, o.order_no,
           CASE WHEN o.lies > 0 OR o.untraceable THEN 'unknown'
                WHEN l.state = 'failed' AND o.units_delivered >= o.units_ordered THEN 'both'
                WHEN l.state = 'failed' AND o.net_fen <= 0 THEN 'failed'
                WHEN l.state = 'failed' AND o.time_up AND o.units_delivered = 0 THEN 'kept'
                WHEN l.state = 'failed' THEN 'unknown'
                WHEN o.units_delivered >= o.units_ordered THEN 'delivered'
                WHEN o.nameless_deliveries > 0 OR o.units_delivered > 0 THEN 'unknown'
                ELSE 'missing' END                                                           AS came_to
    FROM   events AS l
    JOIN   orders AS o ON o.intent = l.intent
    WHERE  l.kind = 'batch_line'
),
seen AS (
    SELECT batch_no,
           COUNT(CASE WHEN came_to = 'unknown' THEN 1 END)                                   AS unknown,
           COUNT(CASE WHEN came_to = 'both' THEN 1 END)                                      AS doubled,
           COUNT(CASE WHEN came_to = 'kept' THEN 1 END)                                      AS kept,
           COUNT(CASE WHEN came_to = 'missing' THEN 1 END)                                   AS missing,
           MIN(CASE WHEN came_to IN ('both', 'kept', 'missing') THEN order_no END)           AS first_wrong
    FROM   judged
    GROUP BY batch_no
),
waiting AS (
    SELECT l.batch_no
    FROM   (SELECT DISTINCT intent, COALESCE(detail ->> 'batch', '') AS batch_no
            FROM events WHERE kind = 'place' AND intent IS NOT NULL AND CONTAINS(detail, '"batch"')) AS l
    JOIN   orders AS o ON o.intent = l.intent
    WHERE  o.untraceable
    GROUP BY l.batch_no
),
short AS (
    SELECT intent, MAX(CAST(detail ->> 'told' AS INTEGER)) AS told, MAX(CAST(detail ->> 'lines' AS INTEGER)) AS lines
    FROM   events
    WHERE  kind = 'batch' AND intent IS NOT NULL AND CONTAINS(detail, '"told"')
    GROUP BY intent
),
weighed AS (
    SELECT *, over AND (last_delivered + last_failed <> last_lines OR last_listed <> last_failed) AS amiss_at_last
    FROM   batches
)
SELECT b.intent,
       CASE WHEN b.amiss_at_last THEN FALSE
            WHEN b.done_asked_ns IS NULL THEN NULL
            WHEN b.strange > 0 OR b.listed <> b.failed OR b.delivered + b.failed <> b.lines THEN FALSE
            WHEN s.doubled > 0 OR s.kept > 0 OR s.missing > 0 THEN FALSE
            WHEN s.unknown = 0 THEN TRUE END                                                 AS held,
       CASE WHEN b.amiss_at_last
            THEN 'every line has ended, and of ' || CAST(b.last_lines AS VARCHAR) || ' it counts '
                || CAST(b.last_delivered AS VARCHAR) || ' delivered and ' || CAST(b.last_failed AS VARCHAR)
                || ' failed, and lists ' || CAST(b.last_listed AS VARCHAR)
            WHEN b.done_asked_ns IS NULL THEN 'never read as done'
            ELSE CAST(b.lines AS VARCHAR) || ' lines: counted ' || CAST(b.delivered AS VARCHAR) || ' delivered and '
                || CAST(b.failed AS VARCHAR) || ' failed, listed ' || CAST(b.listed AS VARCHAR) || '; '
                || CAST(COALESCE(s.missing, 0) AS VARCHAR) || ' without goods and not listed, '
                || CAST(COALESCE(s.kept, 0) AS VARCHAR) || ' listed and not paid back, '
                || CAST(COALESCE(s.doubled, 0) AS VARCHAR) || ' listed and delivered' END     AS says,
       CASE WHEN b.amiss_at_last
            THEN '每一行都已完结，但 ' || CAST(b.last_lines AS VARCHAR) || ' 行中统计成功 '
                || CAST(b.last_delivered AS VARCHAR) || '、失败 ' || CAST(b.last_failed AS VARCHAR)
                || '，失败清单 ' || CAST(b.last_listed AS VARCHAR) || ' 行'
            WHEN b.done_asked_ns IS NULL THEN '从未显示处理完毕'
            ELSE '共 ' || CAST(b.lines AS VARCHAR) || ' 行：统计成功 ' || CAST(b.delivered AS VARCHAR) || '、失败 '
                || CAST(b.failed AS VARCHAR) || '，失败清单 ' || CAST(b.listed AS VARCHAR) || ' 行；'
                || CAST(COALESCE(s.missing, 0) AS VARCHAR) || ' 行未到账且不在清单，'
                || CAST(COALESCE(s.kept, 0) AS VARCHAR) || ' 行在清单但未退款，'
                || CAST(COALESCE(s.doubled, 0) AS VARCHAR) || ' 行在清单却已到账' END         AS says_zh,
       'batch ' || b.batch_no || COALESCE(', first order ' || s.first_wrong, '')             AS evidence
FROM   weighed AS b
LEFT JOIN seen AS s ON s.batch_no = b.batch_no
WHERE  b.done_asked_ns IS NOT NULL OR b.amiss_at_last OR b.batch_no NOT IN (SELECT batch_no FROM waiting)
UNION ALL
SELECT intent, CAST(NULL AS BOOLEAN),
       'taken with ' || CAST(told AS VARCHAR) || ' order numbers for ' || CAST(lines AS VARCHAR) || ' lines',
       '批次有 ' || CAST(lines AS VARCHAR) || ' 行，返回的订单号却有 ' || CAST(told AS VARCHAR) || ' 个',
       'no answer told an order for each line'
FROM   short
WHERE  intent NOT IN (SELECT intent FROM batches)
