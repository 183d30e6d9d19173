-- title: The amount is the same on all sides | 金额一致
-- promise: money                     severity: critical
-- why: Listed, quoted, collected, shown and refunded amounts must agree; a wrong amount buys nothing. | 标价、下单、收款、显示、退款金额必须一致；金额不对不得发货。
-- What is shown is compared where it was paid once, at the price, and nothing went back: else a platform may show what is
-- left. Who paid too much and got back what was too much has paid the price. Of a top-up that was paid with another amount,
-- that amount in the wallet is what was paid for. Where dearer goods were named under the same number, and may have become
-- an order of their own, that order's amount is another.
WITH swapped AS (
    SELECT DISTINCT s.intent
    FROM   events AS s
    JOIN   orders AS o ON o.intent = s.intent
    WHERE  s.kind = 'swap' AND s.outcome <> 'fail' AND s.order_no <> COALESCE(o.order_no, '')
),
compared AS (
    SELECT orders.*,
           COALESCE(quoted_fen <> listed_fen OR quoted_max_fen <> listed_fen, FALSE)         AS quoted_otherwise,
           COALESCE(created_fen <> price_fen OR (created_max_fen <> price_fen AND swapped.intent IS NULL), FALSE)
                                                                                             AS asked_otherwise,
           refunded_fen > captured_fen                                                       AS refunded_more,
           COALESCE(deliveries > 0 AND captures > 0
                    AND captured_min_fen <> price_fen AND captured_max_fen <> price_fen
                    AND net_fen <> price_fen
                    AND NOT (in_part AND net_fen + 1 >= earned_fen AND sku IN (SELECT goods FROM topups)), FALSE) AS paid_otherwise,
           COALESCE(captures = 1 AND captured_fen = price_fen AND refunded_fen = 0
                    AND (shown_min_fen <> price_fen OR shown_max_fen <> price_fen), FALSE)   AS shown_otherwise
    FROM   orders
    LEFT JOIN swapped ON swapped.intent = orders.intent
    WHERE  price_fen IS NOT NULL AND lies = 0 AND (created_fen IS NOT NULL OR captures > 0)
)
SELECT intent,
       NOT (quoted_otherwise OR asked_otherwise OR refunded_more OR paid_otherwise OR shown_otherwise) AS held,
       CASE WHEN quoted_otherwise THEN 'quoted another price than was listed'
            WHEN asked_otherwise THEN 'another amount was asked of the gateway'
            WHEN refunded_more THEN 'more was refunded than charged'
            WHEN paid_otherwise THEN 'delivered for another amount than the price'
            WHEN shown_otherwise THEN 'paid at the price, and shown with another amount'
            ELSE 'all amounts agree' END                                                     AS says,
       CASE WHEN quoted_otherwise THEN '下单价格与标价不一致'
            WHEN asked_otherwise THEN '向渠道收款的金额与价格不一致'
            WHEN refunded_more THEN '退款多于扣款'
            WHEN paid_otherwise THEN '实付金额与价格不符却已发货'
            WHEN shown_otherwise THEN '按价格付款，订单却显示另一个金额'
            ELSE '各方金额一致' END                                                           AS says_zh,
       'listed ' || COALESCE(CAST(listed_fen AS VARCHAR), '-') || ', quoted ' || COALESCE(CAST(quoted_fen AS VARCHAR), '-')
           || ', created ' || COALESCE(CAST(created_fen AS VARCHAR), '-') || ', captured '
           || COALESCE(CAST(captured_min_fen AS VARCHAR), '-') || ', shown '
           || COALESCE(CAST(CASE WHEN shown_min_fen <> price_fen THEN shown_min_fen ELSE shown_max_fen END AS VARCHAR), '-')
           || ', refunded ' || CAST(refunded_fen AS VARCHAR) || ' fen'                       AS evidence
FROM   compared
