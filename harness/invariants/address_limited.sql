-- title: One address does not buy without end | 同一地址频繁支付要拦下
-- promise: trust                     severity: major            proof: seen          needs: per_address
-- why: Many payments from one address within minutes are stolen cards at work, and every one of them comes back. | 同一地址几分钟内大量支付，多半是盗刷，每一笔都会被追回。
-- A case is an order from an address that many customers share, at a time when more than twice as many were being placed
-- there within the promised span as may be taken. It was taken and charged after twice as many others within the span,
-- from when the first was asked for to when the last was answered: twice, since a counter that begins anew may lie just
-- between.
WITH placed AS (
    SELECT i.intent, i.address, p.asked_ns, p.answered_ns, o.captures > 0 AS charged
    FROM   (SELECT intent, detail ->> 'address' AS address FROM events
            WHERE  kind = 'intent' AND (detail ->> 'address') IS NOT NULL) AS i
    JOIN   (SELECT intent, MIN(time_ns) AS asked_ns,
                   MAX(CASE WHEN outcome = 'ok' THEN time_ns + took_us * 1000 END) AS answered_ns
            FROM   events WHERE kind = 'place' AND intent IS NOT NULL GROUP BY intent) AS p ON p.intent = i.intent
    JOIN   orders AS o ON o.intent = i.intent
),
counted AS (
    SELECT x.intent, x.charged, 2 * MAX(most.number) AS most,
           COUNT(CASE WHEN x.asked_ns - y.asked_ns < per.span_ns THEN 1 END)                 AS tries,
           COUNT(CASE WHEN y.charged AND x.answered_ns - y.asked_ns < per.span_ns THEN 1 END) AS taken
    FROM   placed AS x
    JOIN   promised AS most ON most.name = 'address_orders'
    JOIN   promised AS per ON per.name = 'address_per'
    JOIN   placed AS y ON y.address = x.address AND y.asked_ns <= x.asked_ns
    GROUP BY x.intent, x.charged
)
SELECT intent,
       NOT (charged AND taken > most)                                                        AS held,
       CASE WHEN charged AND taken > most THEN 'taken and charged, as one too many from its address'
            WHEN charged THEN 'taken, as one of those that may be'
            ELSE 'not taken' END                                                             AS says,
       CASE WHEN charged AND taken > most THEN '同一地址已超限，仍然受理并扣款'
            WHEN charged THEN '限额以内，正常受理' ELSE '未受理' END                              AS says_zh,
       CAST(taken AS VARCHAR) || ' charged of ' || CAST(tries AS VARCHAR) || ' placed within the span; twice what may be is '
           || CAST(CAST(most AS BIGINT) AS VARCHAR)                                          AS evidence
FROM   counted
WHERE  tries > most
