-- title: A repeated notification of a finished payment is acknowledged | 已处理的重复通知照样应答
-- promise: trust                     severity: major
-- why: The first acknowledgement may be lost on the way; whoever refuses the repetition is told for ever. | 第一次应答可能丢在路上；拒绝重发的通知，渠道就会一直发下去。
-- A case is a payment that was acknowledged, or whose goods are out, and whose notification was answered. Broken when a
-- true one that was sent afterwards was refused, and none after that was acknowledged.
WITH finished AS (
    SELECT t.intent, t.channel, t.ref, t.acks, t.refusals, t.last_refusal_told_ns, t.last_ack_told_ns,
           CASE WHEN t.first_ack_answered_ns IS NULL OR o.first_delivered_by_ns < t.first_ack_answered_ns
                THEN o.first_delivered_by_ns ELSE t.first_ack_answered_ns END                   AS finished_ns
    FROM   trades AS t
    JOIN   orders AS o ON o.intent = t.intent
    WHERE  t.acks + t.refusals > 0 AND t.captured_fen = o.price_fen
)
SELECT intent,
       NOT COALESCE(last_refusal_told_ns > finished_ns
                    AND (last_ack_told_ns IS NULL OR last_ack_told_ns < last_refusal_told_ns), FALSE) AS held,
       CASE WHEN last_refusal_told_ns > finished_ns
            THEN 'a true notification was refused after the payment had been finished'
            ELSE 'no repetition was refused' END                                             AS says,
       CASE WHEN last_refusal_told_ns > finished_ns THEN '付款处理完之后，重发的真实通知被拒绝'
            ELSE '重复通知没有被拒绝' END                                                     AS says_zh,
       channel || ' ' || ref || ', acknowledged ' || CAST(acks AS VARCHAR) || ' times, refused '
           || CAST(refusals AS VARCHAR) || ' times'                                          AS evidence
FROM   finished
WHERE  finished_ns IS NOT NULL
