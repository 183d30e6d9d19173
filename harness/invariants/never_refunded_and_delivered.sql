-- title: Never refunded and delivered both | 退款与发货不可兼得
-- promise: money                     severity: critical
-- why: Whoever has the goods and a part of the price back was given it; one answer must exclude the other. | 货到手、钱又退回，就是白送一部分；两者只能居其一。
-- Of goods that came in part their part of the price is kept; what is kept less, beyond a hundredth of the price (shares are
-- rounded), was given away.
WITH judged AS (
    SELECT intent, price_fen, captured_fen, refunded_fen, net_fen, units_ordered, units_delivered,
           first_delivered_ns, last_refunded_ns,
           CASE WHEN units_delivered >= units_ordered THEN price_fen
                ELSE earned_fen - GREATEST(price_fen // 100, 1) END                          AS least_fen
    FROM   orders
    WHERE  captures > 0 AND lies = 0 AND price_fen IS NOT NULL AND (deliveries > 0 OR refunded_fen > 0)
)
SELECT intent,
       NOT (units_delivered > 0 AND refunded_fen > 0 AND net_fen < least_fen AND captured_fen >= price_fen) AS held,
       'price ' || CAST(price_fen AS VARCHAR) || ' fen, ' || CAST(net_fen AS VARCHAR) || ' fen kept, delivered '
           || printf('%g', units_delivered) || ' of ' || printf('%g', units_ordered)   AS says,
       '价格 ' || CAST(price_fen AS VARCHAR) || ' 分，净收 ' || CAST(net_fen AS VARCHAR) || ' 分，应发 '
           || printf('%g', units_ordered) || ' 份，实发 ' || printf('%g', units_delivered) || ' 份' AS says_zh,
       CASE WHEN last_refunded_ns < first_delivered_ns THEN 'refunded first, delivered afterwards'
            ELSE 'delivered first, refunded afterwards' END                                  AS evidence
FROM   judged
