-- title: A ticket ends with goods or money | 工单以到账或退款结案
-- promise: trust                     severity: major            needs: tickets
-- why: A ticket that is closed while the order is open keeps the figures good, and the customer's money. | 订单未了就结案，只是把指标做漂亮，客户的钱还没着落。
-- A case is a ticket; one that was never shown as closed is closed wrongly by nobody. A refund that was asked for before,
-- and came, is one. The goods, or the asking, must be older than the first answer that showed it closed.
WITH asked AS (
    SELECT intent, MIN(time_ns) AS refund_asked_ns
    FROM   events
    WHERE  kind IN ('refund', 'refunded') AND intent IS NOT NULL
    GROUP BY intent
),
seen AS (
    SELECT t.intent, t.closed_shown_ns, o.nameless_deliveries, o.audit_state,
           t.closed_shown_ns IS NULL                                                         AS is_open,
           COALESCE(o.units_delivered >= o.units_ordered AND o.first_delivered_ns <= t.closed_shown_ns, FALSE) AS had_goods,
           COALESCE((o.net_fen <= 0 OR o.in_part)
               AND (o.captures = 0 OR asked.refund_asked_ns <= t.closed_shown_ns), FALSE)     AS had_money
    FROM   tickets AS t
    JOIN   orders AS o ON o.intent = t.intent
    LEFT JOIN asked ON asked.intent = t.intent
    WHERE  o.lies = 0
)
SELECT intent,
       CASE WHEN is_open OR had_goods OR had_money THEN TRUE
            WHEN nameless_deliveries = 0 THEN FALSE END                                      AS held,
       CASE WHEN is_open THEN 'not shown as closed'
            WHEN had_goods THEN 'closed when the goods were there'
            WHEN had_money THEN 'closed with the money back'
            ELSE 'closed with neither goods nor money' END                                   AS says,
       CASE WHEN is_open THEN '未显示结案'
            WHEN had_goods THEN '到账后结案'
            WHEN had_money THEN '退款后结案'
            ELSE '既未到账也未退款就结案' END                                                  AS says_zh,
       'last shown as ' || COALESCE(audit_state, 'nothing')                                  AS evidence
FROM   seen
