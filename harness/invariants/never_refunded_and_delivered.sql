-- title: Never refunded and delivered both | 退款与发货不可兼得
-- promise: money                     severity: critical
-- why: Whoever has the goods and a part of the price back was given it; one answer must exclude the other. | 货到手、钱又退回，就是白送一部分；两者只能居其一。
-- Of goods that came in part what did not come goes back: by the price or by the face value, whichever is more, and a fen
-- that was rounded. Where nobody said a face value, a part is not judged.
WITH kept AS (
    SELECT o.*,
           units_delivered >= units_ordered AND net_fen < price_fen                          AS both_whole,
           COALESCE(f.face_fen IS NOT NULL AND units_delivered > 0 AND units_delivered < units_ordered
                    AND price_fen - net_fen > 1 + CEIL(GREATEST(price_fen, f.face_fen * units_ordered)
                                                       * (units_ordered - units_delivered) / units_ordered), FALSE) AS both_in_part
    FROM   orders AS o
    LEFT JOIN faces AS f ON f.goods = o.sku
    WHERE  captures > 0 AND lies = 0 AND price_fen IS NOT NULL AND (deliveries > 0 OR refunded_fen > 0)
)
SELECT intent,
       NOT (refunded_fen > 0 AND captured_fen >= price_fen AND (both_whole OR both_in_part)) AS held,
       'price ' || CAST(price_fen AS VARCHAR) || ' fen, ' || CAST(net_fen AS VARCHAR) || ' fen kept, delivered '
           || printf('%g', units_delivered) || ' of ' || printf('%g', units_ordered)   AS says,
       '价格 ' || CAST(price_fen AS VARCHAR) || ' 分，净收 ' || CAST(net_fen AS VARCHAR) || ' 分，应发 '
           || printf('%g', units_ordered) || ' 份，实发 ' || printf('%g', units_delivered) || ' 份' AS says_zh,
       CASE WHEN last_refunded_ns < first_delivered_ns THEN 'refunded first, delivered afterwards'
            ELSE 'delivered first, refunded afterwards' END                                  AS evidence
FROM   kept
