-- title: What is shown is what happened | 显示与事实一致
-- promise: state                     severity: major
-- why: Told "delivered" without goods, or "refunded" without money, a customer goes to the dispute desk. | 没到账却显示已完成，没退款却显示已退款，客户只能去投诉。
-- At the final read: delivered needs the goods, refunded needs the money back, closed and unpaid need that nothing was
-- handed out. What is still under way is judged by its time, in another law. Goods that came in part, with the rest of
-- the price paid back, are half delivered and half refunded: either word may stand for them.
WITH seen AS (
    SELECT intent, audit_state, captured_fen, refunded_fen, units_delivered, units_ordered, nameless_deliveries,
           audit_state = 'delivered' AND units_delivered < units_ordered AND NOT in_part     AS no_goods,
           audit_state = 'refunded' AND net_fen > 0 AND NOT in_part                          AS no_money,
           audit_state IN ('closed', 'unpaid') AND units_delivered > 0                       AS goods_all_the_same
    FROM   orders
    WHERE  audits_ok > 0 AND orders_made = 1 AND lies = 0 AND audit_state <> ''
)
SELECT intent,
       CASE WHEN no_goods AND nameless_deliveries > 0 THEN NULL
            ELSE NOT (no_goods OR no_money OR goods_all_the_same) END                        AS held,
       CASE WHEN no_goods AND units_delivered > 0 THEN 'shown as delivered, and only a part was'
            WHEN no_goods THEN 'shown as delivered, and nothing was'
            WHEN no_money THEN 'shown as refunded, and the money did not go back'
            WHEN goods_all_the_same THEN 'shown as ' || audit_state || ', and goods went out'
            ELSE 'shown as ' || audit_state || ', and so it is' END                          AS says,
       CASE WHEN no_goods AND units_delivered > 0 THEN '显示已完成，实际只到账一部分'
            WHEN no_goods THEN '显示已完成，实际没有发货'
            WHEN no_money THEN '显示已退款，实际没有退'
            WHEN goods_all_the_same THEN '显示 ' || audit_state || '，实际已发货'
            ELSE '显示 ' || audit_state || '，与事实一致' END                                  AS says_zh,
       'charged ' || CAST(captured_fen AS VARCHAR) || ' fen, refunded ' || CAST(refunded_fen AS VARCHAR)
           || ' fen, delivered ' || printf('%g', units_delivered) || ' of ' || printf('%g', units_ordered) AS evidence
FROM   seen
