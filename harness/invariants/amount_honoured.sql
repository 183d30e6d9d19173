-- title: The amount is the same on all sides | 金额一致
-- promise: money                     severity: critical
-- why: Listed, quoted, collected and refunded amounts must agree; a wrong amount buys nothing. | 标价、下单、收款、退款金额必须一致；金额不对不得发货。
SELECT intent,
       NOT (   COALESCE(quoted_fen <> listed_fen OR quoted_max_fen <> listed_fen, FALSE)
            OR COALESCE(created_fen <> price_fen OR created_max_fen <> price_fen, FALSE)
            OR refunded_fen > captured_fen
            OR (deliveries > 0 AND captures > 0 AND captured_min_fen <> price_fen AND captured_max_fen <> price_fen)) AS held,
       CASE WHEN quoted_fen <> listed_fen OR quoted_max_fen <> listed_fen THEN 'quoted another price than was listed'
            WHEN created_fen <> price_fen OR created_max_fen <> price_fen THEN 'another amount was asked of the gateway'
            WHEN refunded_fen > captured_fen THEN 'more was refunded than charged'
            WHEN deliveries > 0 AND captured_min_fen <> price_fen AND captured_max_fen <> price_fen
            THEN 'delivered for another amount than the price'
            ELSE 'all amounts agree' END                                                     AS says,
       CASE WHEN quoted_fen <> listed_fen OR quoted_max_fen <> listed_fen THEN '下单价格与标价不一致'
            WHEN created_fen <> price_fen OR created_max_fen <> price_fen THEN '向渠道收款的金额与价格不一致'
            WHEN refunded_fen > captured_fen THEN '退款多于扣款'
            WHEN deliveries > 0 AND captured_min_fen <> price_fen AND captured_max_fen <> price_fen
            THEN '实付金额与价格不符却已发货'
            ELSE '各方金额一致' END                                                           AS says_zh,
       'listed ' || COALESCE(CAST(listed_fen AS VARCHAR), '-') || ', quoted ' || COALESCE(CAST(quoted_fen AS VARCHAR), '-')
           || ', created ' || COALESCE(CAST(created_fen AS VARCHAR), '-') || ', captured '
           || COALESCE(CAST(captured_min_fen AS VARCHAR), '-') || ', refunded ' || CAST(refunded_fen AS VARCHAR)
           || ' fen'                                                                         AS evidence
FROM   orders
WHERE  price_fen IS NOT NULL AND lies = 0 AND (created_fen IS NOT NULL OR captures > 0)
