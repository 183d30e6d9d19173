-- title: Never refunded and delivered both | 退款与发货不可兼得
-- promise: money                     severity: critical
-- why: Whoever has the goods and a part of the price back was given it; one answer must exclude the other. | 货到手、钱又退回，就是白送一部分；两者只能居其一。
SELECT intent,
       NOT (units_delivered >= units_ordered AND refunded_fen > 0 AND net_fen < price_fen
            AND captured_fen >= price_fen)                                                   AS held,
       'price ' || CAST(price_fen AS VARCHAR) || ' fen, ' || CAST(net_fen AS VARCHAR) || ' fen kept, delivered '
           || printf('%g', units_delivered) || ' of ' || printf('%g', units_ordered)   AS says,
       '价格 ' || CAST(price_fen AS VARCHAR) || ' 分，净收 ' || CAST(net_fen AS VARCHAR) || ' 分，应发 '
           || printf('%g', units_ordered) || ' 份，实发 ' || printf('%g', units_delivered) || ' 份' AS says_zh,
       CASE WHEN last_refunded_ns < first_delivered_ns THEN 'refunded first, delivered afterwards'
            ELSE 'delivered first, refunded afterwards' END                                  AS evidence
FROM   orders
WHERE  captures > 0 AND lies = 0 AND price_fen IS NOT NULL AND (deliveries > 0 OR refunded_fen > 0)
