-- title: A balance never falls below zero | 余额不为负
-- promise: money                     severity: critical         proof: seen          needs: wallet
-- why: Two orders that look at one balance at the same instant both find enough in it; the second one is given away. | 两张订单同一瞬间都看到余额够，都扣了款，其中一张就是白送。
-- A case is a customer whose wallet was read. Where the platform lets its customers owe it something (`wallet.credit`), below that.
SELECT w.intent,
       w.least_fen >= -COALESCE(p.credit_fen, 0)                                             AS held,
       'the least balance that was shown is ' || CAST(w.least_fen AS VARCHAR) || ' fen'      AS says,
       '显示过的最低余额为 ' || CAST(w.least_fen AS VARCHAR) || ' 分'                          AS says_zh,
       'customer ' || CAST(w.customer AS VARCHAR) || ', last lines: ' || w.texts             AS evidence
FROM   wallets AS w
CROSS JOIN (SELECT MAX(CASE WHEN name = 'wallet_credit' THEN number END) AS credit_fen FROM promised) AS p
