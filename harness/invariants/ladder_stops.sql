-- title: True notifications are acknowledged | 真实通知必须应答
-- promise: trust                     severity: major
-- why: Who never says success, or too late to be heard, is told again for a day, and one day the answer means nothing any more. | 一直不回 success，或者慢到渠道等不及，渠道就一直重发，应答也就失去了意义。
-- A case is a payment of the price whose notification was answered, or three times waited for in vain with no strike in it.
-- One refusal may be a bad moment, three without any acknowledgement are not; nor are three answers that come when the
-- gateway has hung up. Whose processes or lines were struck may have been kept from answering.
SELECT t.intent,
       t.acks > 0 OR t.refusals + CASE WHEN plan.shaken THEN 0 ELSE t.unheard END < 3        AS held,
       'acknowledged ' || CAST(t.acks AS VARCHAR) || ' times, refused ' || CAST(t.refusals AS VARCHAR)
           || ' times, waited for in vain ' || CAST(t.unheard AS VARCHAR) || ' times'        AS says,
       '应答成功 ' || CAST(t.acks AS VARCHAR) || ' 次，拒绝 ' || CAST(t.refusals AS VARCHAR) || ' 次，等不到应答 '
           || CAST(t.unheard AS VARCHAR) || ' 次'                                            AS says_zh,
       t.channel || ' ' || t.ref                                                             AS evidence
FROM   trades AS t
JOIN   orders AS o ON o.intent = t.intent
CROSS JOIN plan
WHERE  (t.acks + t.refusals > 0 OR (t.unheard >= 3 AND NOT plan.shaken)) AND t.captured_fen = o.price_fen
