-- title: A forbidden channel is not used | 禁用渠道不得使用
-- promise: trust                     severity: major            proof: seen          needs: forbidden
-- why: What a channel must not serve comes back as a clawed-back delivery, a fine, or a payment that cannot be kept. | 走了不该走的渠道，货会被追回、要被罚款，收的钱也留不住。
-- A case is an order and a channel that it must not go through. An operator was never asked for it, whatever became of the
-- others; that is only seen of an order that was paid. Through a gateway it was never charged; that is only seen where it
-- was asked for, and refused.
WITH banned AS (
    SELECT o.intent, f.side, f.channel, f.accounts, o.captures, o.channel AS wished, o.placed_ok, o.placed_unknown
    FROM   orders AS o
    JOIN   forbidden AS f
           ON (f.goods = '' OR f.goods = o.sku) AND COALESCE(o.price_fen, 0) > f.above_fen
          AND REGEXP_MATCHES(o.account, f.accounts)
),
uses AS (
    SELECT b.intent, b.side, b.channel, b.captures, b.wished, b.placed_ok, b.placed_unknown,
           -- an account may have been mistyped when it was submitted
           COUNT(CASE WHEN e.kind = 'submit' AND (e.account = '' OR REGEXP_MATCHES(e.account, b.accounts)) THEN 1 END) AS submits,
           COUNT(CASE WHEN e.kind = 'captured' THEN 1 END)                                   AS charges,
           COUNT(CASE WHEN e.kind = 'pay_link' AND e.outcome = 'fail' AND e.http_status > 0 THEN 1 END) AS links_refused,
           COUNT(CASE WHEN e.kind = 'pay_link' AND e.outcome <> 'fail' THEN 1 END)           AS links_given
    FROM   banned AS b
    LEFT JOIN events AS e
           ON e.intent = b.intent AND e.channel = b.channel AND e.kind IN ('submit', 'captured', 'pay_link')
    GROUP BY b.intent, b.side, b.channel, b.captures, b.wished, b.placed_ok, b.placed_unknown
),
turned_away AS (
    SELECT intent FROM events WHERE kind = 'place' AND outcome = 'fail' AND http_status > 0 GROUP BY intent
),
seen AS (
    SELECT u.intent, side, u.channel, CASE WHEN side = 'operator' THEN submits ELSE charges END AS times
    FROM   uses AS u
    LEFT JOIN turned_away AS t ON t.intent = u.intent
    WHERE  (side = 'operator' AND (captures > 0 OR submits > 0))
       OR  (side = 'gateway'
            AND (charges > 0 OR (links_given = 0
                                 AND (links_refused > 0
                                      OR (wished = u.channel AND placed_ok + placed_unknown = 0 AND t.intent IS NOT NULL)))))
)
SELECT intent,
       times = 0                                                                             AS held,
       CASE WHEN times = 0 THEN 'kept from ' WHEN side = 'operator' THEN 'submitted to ' ELSE 'charged through ' END
           || channel                                                                        AS says,
       CASE WHEN times = 0 THEN '没有走禁用的 ' WHEN side = 'operator' THEN '提交给了禁用的 ' ELSE '经禁用的渠道收了款：' END
           || channel                                                                        AS says_zh,
       CAST(times AS VARCHAR) || ' times'                                                    AS evidence
FROM   seen
