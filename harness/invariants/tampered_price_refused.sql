-- title: A price of the customer's making is refused | 篡改的价格不认
-- promise: trust                     severity: critical         proof: seen          needs: tampers
-- why: Who fills an order from what the page sent sells anything for a cent. | 页面传什么价就收什么价，一分钱什么都能买走。
-- A case is an order whose customer named a price of his own, or a count that nobody sells (he is taken to want one): it is
-- refused, or costs what is listed. What was neither refused nor asked of a gateway is no case.
WITH named AS (
    SELECT intent, COUNT(CASE WHEN outcome <> 'fail' OR http_status = 0 THEN 1 END)          AS taken
    FROM   events
    WHERE  kind = 'place' AND intent IS NOT NULL AND CONTAINS(detail, '"tampered"')
    GROUP BY intent
),
judged AS (
    SELECT o.*, named.taken,
           COALESCE(o.quoted_fen < o.listed_fen, FALSE) OR COALESCE(o.created_fen < o.listed_fen, FALSE) AS believed
    FROM   named
    JOIN   orders AS o ON o.intent = named.intent
)
SELECT intent,
       NOT believed                                                                          AS held,
       CASE WHEN believed THEN 'sold for less than is listed, as the customer wished'
            WHEN created_fen IS NULL AND captures = 0 THEN 'refused'
            ELSE 'costs what is listed' END                                                  AS says,
       CASE WHEN believed THEN '按客户篡改的价格低价卖出'
            WHEN created_fen IS NULL AND captures = 0 THEN '已拒绝'
            ELSE '仍按标价收款' END                                                           AS says_zh,
       'listed ' || CAST(listed_fen AS VARCHAR) || ', quoted ' || COALESCE(CAST(quoted_fen AS VARCHAR), '-')
           || ', created ' || COALESCE(CAST(created_fen AS VARCHAR), '-') || ' fen, delivered '
           || printf('%g', units_delivered)                                                  AS evidence
FROM   judged
WHERE  believed OR taken = 0 OR created_fen IS NOT NULL
