-- title: A balance is the sum of its lines | 余额等于流水之和
-- promise: money                     severity: critical         needs: wallet
-- why: Money that is in the balance and in no line, or in a line and not in the balance, belongs to nobody who could prove it. | 余额与流水对不上，差的那笔钱谁也说不清。
-- A case is a customer whose wallet was read before the load and at the end: by as much as the lines between come to, the
-- balance that is shown has changed. Lines that were shown and are gone count if the balance says so, and do not if it says
-- that; else it is unknown, as is a wallet that could not be read.
SELECT intent,
       CASE WHEN final_fen - opening_fen = lines_fen THEN TRUE
            WHEN opening_fen IS NULL OR final_fen IS NULL OR gone > 0 THEN NULL
            ELSE FALSE END                                                                   AS held,
       CASE WHEN final_fen IS NULL THEN 'the wallet could not be read at the end'
            WHEN opening_fen IS NULL THEN 'the wallet could not be read before the load'
            WHEN gone > 0 AND final_fen - opening_fen <> lines_fen THEN CAST(gone AS VARCHAR) || ' lines that had been shown are gone: does wallet.read take all of them?'
            ELSE 'the balance went from ' || CAST(opening_fen AS VARCHAR) || ' to ' || CAST(final_fen AS VARCHAR)
                 || ' fen, the lines come to ' || CAST(lines_fen AS VARCHAR) END             AS says,
       CASE WHEN final_fen IS NULL THEN '终审时读不到余额'
            WHEN opening_fen IS NULL THEN '加压之前读不到余额'
            WHEN gone > 0 AND final_fen - opening_fen <> lines_fen THEN '有 ' || CAST(gone AS VARCHAR) || ' 条流水显示过又不见了：wallet.read 取全了吗？'
            ELSE '余额从 ' || CAST(opening_fen AS VARCHAR) || ' 变为 ' || CAST(final_fen AS VARCHAR)
                 || ' 分，流水合计 ' || CAST(lines_fen AS VARCHAR) || ' 分' END               AS says_zh,
       'customer ' || CAST(customer AS VARCHAR) || ', last lines: ' || texts                 AS evidence
FROM   wallets
