-- title: The platform's books agree | 平台账目自洽
-- promise: money                     severity: critical         needs: database.wallet
-- why: An order that is paid without a credit, or credited twice, is found by nobody until the accounts are closed. | 已付未入账、重复入账，要到对账时才会被发现。
-- A paid order has one credit of its amount; whatever was credited for an order that is not paid was taken back. Of an
-- order that came in part the share that the customer got back may have been taken back as well.
SELECT intent,
       CASE WHEN standing IS NULL THEN FALSE
            WHEN standing = 'paid' THEN credits = 1 AND net_fen IN (price_fen, price_fen - COALESCE(back_fen, 0))
            WHEN standing = 'unpaid' THEN net_fen = 0 END                                    AS held,
       'the order is ' || COALESCE(standing, 'not in the books') || ' at ' || CAST(COALESCE(price_fen, 0) AS VARCHAR)
           || ' fen, credited ' || CAST(credits AS VARCHAR) || ' times, net ' || CAST(net_fen AS VARCHAR) || ' fen' AS says,
       '订单状态 ' || COALESCE(standing, '不在账上') || '，金额 ' || CAST(COALESCE(price_fen, 0) AS VARCHAR)
           || ' 分，入账 ' || CAST(credits AS VARCHAR) || ' 次，净额 ' || CAST(net_fen AS VARCHAR) || ' 分' AS says_zh,
       'order ' || order_no                                                                  AS evidence
FROM   (
    SELECT order_no, intent,
           MAX(CASE WHEN kind = 'book_order' THEN state END)                                 AS standing,
           MAX(CASE WHEN kind = 'book_order' THEN amount_fen END)                            AS price_fen,
           COUNT(CASE WHEN kind = 'book_wallet' AND amount_fen > 0 THEN 1 END)               AS credits,
           CAST(SUM(CASE WHEN kind = 'book_wallet' THEN amount_fen ELSE 0 END) AS BIGINT)    AS net_fen
    FROM   events
    WHERE  kind IN ('book_order', 'book_wallet') AND intent IS NOT NULL
    GROUP BY intent, order_no
) AS books
LEFT JOIN (SELECT intent, refunded_fen AS back_fen FROM orders WHERE in_part) AS parts USING (intent)
WHERE  standing = 'paid' OR credits > 0
