-- title: A refund never exceeds its charge | 退款不超过扣款
-- promise: money                     severity: critical
-- why: What goes back beyond the charge of the same payment is the platform's own money. | 超过原付款的退款，退的是平台自己的钱。
-- A case is a payment. An order with two payments may not give both back through one of them, nor refund a payment that
-- was never charged (孤儿退款).
SELECT intent,
       refunded_fen <= captured_fen                                                          AS held,
       'charged ' || CAST(captured_fen AS VARCHAR) || ' fen, refunded ' || CAST(refunded_fen AS VARCHAR) || ' fen' AS says,
       '扣款 ' || CAST(captured_fen AS VARCHAR) || ' 分，退款 ' || CAST(refunded_fen AS VARCHAR) || ' 分'          AS says_zh,
       channel || ' ' || ref                                                                 AS evidence
FROM   trades
