-- title: Nothing is delivered without payment | 不白送
-- promise: goods                     severity: critical
-- why: Goods that went out before the money came, or whose money went back, are given away. | 未收款就发货，或发货后又全额退款，都是白送。
SELECT intent,
       NOT (captures = 0 OR first_delivered_ns < first_captured_ns OR net_fen <= 0)          AS held,
       CASE WHEN captures = 0 THEN 'delivered, never charged'
            WHEN first_delivered_ns < first_captured_ns THEN 'delivered before it was charged'
            WHEN net_fen <= 0 THEN 'delivered, and all money went back'
            ELSE 'charged, then delivered' END                                               AS says,
       CASE WHEN captures = 0 THEN '从未扣款却已发货'
            WHEN first_delivered_ns < first_captured_ns THEN '扣款之前就已发货'
            WHEN net_fen <= 0 THEN '已发货，钱又全部退回'
            ELSE '先扣款后发货' END                                                           AS says_zh,
       'charged ' || CAST(captured_fen AS VARCHAR) || ' fen, refunded ' || CAST(refunded_fen AS VARCHAR) || ' fen' AS evidence
FROM   orders
WHERE  deliveries > 0 AND lies = 0
