-- title: Every line of a wallet has its cause | 每笔流水都有来由
-- promise: money                     severity: critical         needs: wallet
-- why: A debit for an order that was never made is taken, a credit in another customer's wallet is given away twice. | 没有订单却扣了钱，是多收；钱进了别人的余额，本人还得再赔一次。
-- A case is an order number (or none) in a customer's wallet, with all lines of the run that name it: it is that of an
-- order of his which was accepted, or the lines come to nothing. Numbers that stood in his wallet before are an older story;
-- one that may be that of an order whose answer was lost is unknown, and so is all that is new in a wallet which could not be
-- read before the load. Lines of kinds that the target file does not name are no cases. A wallet that nothing came into and
-- nothing left is one case.
WITH told AS (
    SELECT intent, CAST(detail ->> 'customer' AS BIGINT) AS customer, order_no, amount_fen, state,
           CAST(detail ->> 'lines' AS BIGINT)                                                AS lines
    FROM   events
    WHERE  kind = 'wallet_line'
    UNION ALL
    SELECT intent, customer, '', 0, 'still', 0
    FROM   wallets
    WHERE  customer NOT IN (SELECT CAST(detail ->> 'customer' AS BIGINT) FROM events WHERE kind = 'wallet_line')
)
SELECT intent,
       CASE WHEN amount_fen = 0 OR state IN ('own', 'older', 'still') THEN TRUE
            WHEN state IN ('lost', 'unread') THEN NULL ELSE FALSE END                        AS held,
       CASE WHEN state = 'still' THEN 'nothing came into it, and nothing left it'
            WHEN state IN ('own', 'older') OR amount_fen = 0 THEN 'lines of an order of this customer'
            WHEN state = 'stranger' THEN CAST(amount_fen AS VARCHAR) || ' fen in the wallet of a customer whose order it is not'
            WHEN state = 'refused' THEN CAST(amount_fen AS VARCHAR) || ' fen for an order that was refused'
            WHEN state = 'nameless' THEN CAST(amount_fen AS VARCHAR) || ' fen for no order at all'
            WHEN state = 'lost' THEN 'a number that may be that of an order whose answer was lost'
            WHEN state = 'unread' THEN 'a number that nobody was given, in a wallet that could not be read before the load'
            ELSE CAST(amount_fen AS VARCHAR) || ' fen for an order that nobody was given' END AS says,
       CASE WHEN state = 'still' THEN '余额没有进出'
            WHEN state IN ('own', 'older') OR amount_fen = 0 THEN '本人订单的流水'
            WHEN state = 'stranger' THEN CAST(amount_fen AS VARCHAR) || ' 分进出了别人的余额'
            WHEN state = 'refused' THEN '被拒绝的订单却有 ' || CAST(amount_fen AS VARCHAR) || ' 分流水'
            WHEN state = 'nameless' THEN CAST(amount_fen AS VARCHAR) || ' 分流水不属于任何订单'
            WHEN state = 'lost' THEN '可能是应答丢失的那张订单的单号'
            WHEN state = 'unread' THEN '没人拿到过的单号，而加压前读不到该余额'
            ELSE '没人拿到过的订单却有 ' || CAST(amount_fen AS VARCHAR) || ' 分流水' END       AS says_zh,
       'customer ' || CAST(customer AS VARCHAR) || ', order ' || order_no || ', ' || CAST(lines AS VARCHAR) || ' lines' AS evidence
FROM   told
