-- title: No paid order is lost | 不掉单
-- promise: goods                     severity: critical
-- why: The customer's money was taken; goods or a refund must come within the promised time. | 钱已经收了，必须在约定时效内发货或退款。
-- Of goods that came in part, the rest of the price must have gone back. An order that still has time is unknown, and so
-- is one of a run in which goods went out that nobody can be named for. What no platform can learn (the answer of an
-- operator was lost that knows no number of the caller's) is no case: it waits for a person, neither bought again nor paid back.
SELECT intent,
       CASE WHEN owed_fen = 0 THEN TRUE
            WHEN time_up AND nameless_deliveries = 0 THEN FALSE END                          AS held,
       'charged ' || CAST(net_fen AS VARCHAR) || ' fen, delivered ' || printf('%g', units_delivered) || ' of '
           || printf('%g', units_ordered)                                                     AS says,
       '已扣款 ' || CAST(net_fen AS VARCHAR) || ' 分，应发 ' || printf('%g', units_ordered) || ' 份，实发 '
           || printf('%g', units_delivered) || ' 份'                                       AS says_zh,
       'last shown as ' || COALESCE(audit_state, 'nothing')                                  AS evidence
FROM   orders
WHERE  captures > 0 AND lies = 0 AND NOT (untraceable AND owed_fen > 0)
