-- title: The net charge is the price or nothing | 只扣一次款
-- promise: money                     severity: critical
-- why: Whatever was charged twice, or charged and not owed, must go back in full within the promised time. | 多扣的、不该扣的，必须在约定时效内全额退回。
-- Of goods that came in part, their part of the price is the price. Refunds above the charge can never be mended;
-- everything else may still be while the order has time.
SELECT intent,
       CASE WHEN net_fen < 0 THEN FALSE
            WHEN net_fen = 0 OR net_fen = price_fen THEN TRUE
            WHEN in_part THEN TRUE
            WHEN time_up THEN FALSE END                                                      AS held,
       'price ' || CAST(price_fen AS VARCHAR) || ' fen, charged ' || CAST(captured_fen AS VARCHAR) || ' fen in '
           || CAST(captures AS VARCHAR) || ', refunded ' || CAST(refunded_fen AS VARCHAR) || ' fen' AS says,
       '价格 ' || CAST(price_fen AS VARCHAR) || ' 分，扣款 ' || CAST(captures AS VARCHAR) || ' 次共 '
           || CAST(captured_fen AS VARCHAR) || ' 分，退款 ' || CAST(refunded_fen AS VARCHAR) || ' 分' AS says_zh,
       'net charge ' || CAST(net_fen AS VARCHAR) || ' fen'                                   AS evidence
FROM   orders
WHERE  captures > 0 AND lies = 0 AND price_fen IS NOT NULL
