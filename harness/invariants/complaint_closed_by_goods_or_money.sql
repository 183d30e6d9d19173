-- title: A complaint ends with goods or money | 投诉以到账或退款结案
-- promise: trust                     severity: major            needs: complaints
-- why: A complaint that is closed while the order is open keeps the figures good, and the customer's money. | 订单未了就结案，只是把指标做漂亮，客户的钱还没着落。
-- A case is a complaint; one that nobody closed is closed wrongly by nobody. A refund that was asked for before the end,
-- and came, is one.
WITH ended AS (
    SELECT intent, channel, ref, MIN(CASE WHEN act = 'complete' THEN time_ns END) AS closed_ns
    FROM   complaints
    GROUP BY intent, channel, ref
),
asked AS (
    SELECT intent, MIN(time_ns) AS refund_asked_ns
    FROM   events
    WHERE  kind IN ('refund', 'refunded') AND intent IS NOT NULL
    GROUP BY intent
),
seen AS (
    SELECT ended.*, o.net_fen, o.units_delivered, o.units_ordered, o.first_delivered_ns, o.nameless_deliveries,
           closed_ns IS NULL                                                                 AS is_open,
           COALESCE(o.units_delivered >= o.units_ordered AND o.first_delivered_ns <= closed_ns, FALSE) AS had_goods,
           COALESCE((o.net_fen <= 0 OR o.in_part) AND asked.refund_asked_ns <= closed_ns, FALSE)             AS had_money
    FROM   ended
    JOIN   orders AS o ON o.intent = ended.intent
    LEFT JOIN asked ON asked.intent = ended.intent
    WHERE  o.lies = 0
)
SELECT intent,
       CASE WHEN is_open OR had_goods OR had_money THEN TRUE
            WHEN nameless_deliveries = 0 THEN FALSE END                                      AS held,
       CASE WHEN is_open THEN 'not closed'
            WHEN had_goods THEN 'closed when the goods were there'
            WHEN had_money THEN 'closed with the money back'
            ELSE 'closed with neither goods nor money' END                                   AS says,
       CASE WHEN is_open THEN '未结案'
            WHEN had_goods THEN '到账后结案'
            WHEN had_money THEN '退款后结案'
            ELSE '既未到账也未退款就结案' END                                                  AS says_zh,
       'complaint about ' || ref || ' at ' || channel                                        AS evidence
FROM   seen
