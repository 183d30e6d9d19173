-- title: Nothing is delivered twice | 不重复发货
-- promise: goods                     severity: critical         proof: seen
-- why: A second delivery is given away; the operator has charged for both. | 多发一份就是白送，上游照样扣款。
-- Where a strike made the operator deny a delivery in its own signed words, the second one is not the platform's fault.
SELECT intent,
       units_delivered <= units_ordered                                                      AS held,
       'ordered ' || printf('%g', units_ordered) || ', delivered ' || printf('%g', units_delivered) AS says,
       '应发 ' || printf('%g', units_ordered) || ' 份，实发 ' || printf('%g', units_delivered) || ' 份' AS says_zh,
       CAST(deliveries AS VARCHAR) || ' deliveries'                                          AS evidence
FROM   orders
WHERE  deliveries > 0 AND lies = 0
