-- title: True notifications are acknowledged | 真实通知必须应答
-- promise: trust                     severity: major
-- why: Who never says success, or too late to be heard, is told again for a day, and one day the answer means nothing any more. | 一直不回 success，或者慢到渠道等不及，渠道就一直重发，应答也就失去了意义。
-- A case is a payment of the price, or money given back, whose notification was answered, or three times waited for in vain
-- with no strike in it. One refusal may be a bad moment, three without any acknowledgement are not; nor are three answers that
-- come when the gateway has hung up. Whose processes or lines were struck may have been kept from answering.
WITH heard AS (
    SELECT t.intent, t.channel, t.ref, FALSE AS of_refund, t.acks, t.refusals, t.unheard
    FROM   trades AS t
    JOIN   orders AS o ON o.intent = t.intent
    WHERE  t.captured_fen = o.price_fen
    UNION ALL
    SELECT intent, channel, ref, TRUE,
           COUNT(CASE WHEN outcome = 'ok' THEN 1 END),
           COUNT(CASE WHEN outcome = 'fail' THEN 1 END),
           COUNT(CASE WHEN outcome = 'unknown' AND NOT struck AND (detail ->> 'reason') LIKE 'no answer within%' THEN 1 END)
    FROM   events
    WHERE  vantage = 'gateway' AND genuine AND state = 'refunded' AND intent IS NOT NULL
    GROUP BY intent, channel, ref
)
SELECT h.intent,
       h.acks > 0 OR h.refusals + CASE WHEN plan.shaken THEN 0 ELSE h.unheard END < 3        AS held,
       CASE WHEN h.of_refund THEN 'of a refund: ' ELSE '' END
           || 'acknowledged ' || CAST(h.acks AS VARCHAR) || ' times, refused ' || CAST(h.refusals AS VARCHAR)
           || ' times, waited for in vain ' || CAST(h.unheard AS VARCHAR) || ' times'        AS says,
       CASE WHEN h.of_refund THEN '退款通知：' ELSE '' END
           || '应答成功 ' || CAST(h.acks AS VARCHAR) || ' 次，拒绝 ' || CAST(h.refusals AS VARCHAR) || ' 次，等不到应答 '
           || CAST(h.unheard AS VARCHAR) || ' 次'                                            AS says_zh,
       h.channel || ' ' || h.ref                                                             AS evidence
FROM   heard AS h
CROSS JOIN plan
WHERE  h.acks + h.refusals > 0 OR (h.unheard >= 3 AND NOT plan.shaken)
