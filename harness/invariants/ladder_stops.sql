-- title: True notifications are acknowledged | 真实通知必须应答
-- promise: trust                     severity: major
-- why: Who never says success is told again for a day, and one day the answer means nothing any more. | 一直不回 success，渠道就一直重发，应答也就失去了意义。
-- A case is a payment of the price whose notification was answered. One refusal may be a bad moment, three without any
-- acknowledgement are not.
SELECT t.intent,
       t.acks > 0 OR t.refusals < 3                                                          AS held,
       'acknowledged ' || CAST(t.acks AS VARCHAR) || ' times, refused ' || CAST(t.refusals AS VARCHAR) || ' times' AS says,
       '应答成功 ' || CAST(t.acks AS VARCHAR) || ' 次，拒绝 ' || CAST(t.refusals AS VARCHAR) || ' 次'              AS says_zh,
       t.channel || ' ' || t.ref                                                             AS evidence
FROM   trades AS t
JOIN   orders AS o ON o.intent = t.intent
WHERE  t.acks + t.refusals > 0 AND t.captured_fen = o.price_fen
