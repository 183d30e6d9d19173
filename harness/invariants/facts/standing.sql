-- keep: table                        needs: orders cards              sliced by: intent
-- A row per intent: how it stands in each of the four ledgers when the run ends (none, ok, unknown, refunded, twice),
-- what else reconciliation must know, and the money that is at stake.
--   customer   what the customer was told: nothing, delivered, refunded, something else, or two orders for one wish
--   gateway    what became of the money: none came, it was kept, all went back, more than the price was kept
--   operator   what became of the goods: not ordered, handed out, not known yet, failed, handed out too often
--   platform   what its own final read says: of a closed order, that nobody has the money
WITH goods AS (
    SELECT intent,
           COUNT(CASE WHEN kind = 'failed' THEN 1 END)                                       AS failures,
           CAST(SUM(CASE WHEN kind = 'delivered' THEN COALESCE(amount_fen, 0) ELSE 0 END) AS BIGINT) AS cost_fen,
           CAST(SUM(CASE WHEN kind = 'refunded' THEN 1 ELSE 0 END) AS BIGINT)                AS refunds,
           -- under two numbers at least, which needs no set of them
           COALESCE(MIN(CASE WHEN kind = 'audit' AND outcome = 'ok' AND state = 'delivered' THEN order_no END)
                 <> MAX(CASE WHEN kind = 'audit' AND outcome = 'ok' AND state = 'delivered' THEN order_no END), FALSE)
                                                                                             AS delivered_twice
    FROM   events
    WHERE  intent IS NOT NULL AND kind IN ('intent', 'failed', 'delivered', 'refunded', 'audit')
    GROUP BY intent
),
doubled AS (
    SELECT intent, COUNT(*) AS cards_shared
    FROM   cards
    WHERE  card IN (SELECT card FROM cards GROUP BY card HAVING COUNT(DISTINCT intent) > 1)
    GROUP BY intent
),
seen AS (
    SELECT o.*, g.failures, g.cost_fen, g.refunds, g.delivered_twice, COALESCE(d.cards_shared, 0) AS cards_shared,
           -- what was delivered in full is worth what is listed, however cheaply it was quoted
           GREATEST(COALESCE(o.earned_fen, 0),
                    CASE WHEN o.units_delivered >= o.units_ordered THEN COALESCE(o.listed_fen, 0) ELSE 0 END) AS worth_fen
    FROM   goods AS g
    JOIN   orders AS o ON o.intent = g.intent
    LEFT JOIN doubled AS d ON d.intent = o.intent
)
SELECT intent, order_no,
       CASE WHEN orders_made > 1 THEN 'twice'
            WHEN first_refunded_shown_ns IS NOT NULL THEN 'refunded'
            WHEN first_delivered_shown_ns IS NOT NULL THEN 'ok'
            WHEN placed_ok > 0 OR placed_unknown > 0 THEN 'unknown' ELSE 'none' END          AS customer,
       CASE WHEN captures = 0 AND refunds = 0 THEN 'none'
            WHEN net_fen <= 0 THEN 'refunded'
            WHEN captures > 1 AND net_fen > price_fen THEN 'twice'
            WHEN price_fen IS NULL THEN 'unknown' ELSE 'ok' END                              AS gateway,
       CASE WHEN units_delivered > units_ordered THEN 'twice'
            WHEN units_delivered = units_ordered THEN 'ok'
            WHEN units_delivered > 0 AND net_fen <= earned_fen THEN 'ok'
            WHEN captures > 0 AND net_fen > 0 AND COALESCE(NOT time_up OR untraceable OR nameless_deliveries > 0, TRUE)
            THEN 'unknown'
            WHEN failures > 0 THEN 'refunded' ELSE 'none' END                                AS operator,
       CASE WHEN delivered_twice THEN 'twice'
            WHEN audit_state = 'delivered' THEN 'ok'
            WHEN audit_state = 'refunded' OR (audit_state = 'closed' AND captures > 0) THEN 'refunded'
            WHEN audit_state IN ('closed', 'unpaid') OR audits_fail > 0 OR orders_made = 0 THEN 'none'
            ELSE 'unknown' END                                                               AS platform,
       net_fen < 0                                                                           AS over_refunded,
       net_fen > 0 AND units_delivered > 0
           AND net_fen < worth_fen - CASE WHEN units_delivered < units_ordered THEN 1 ELSE 0 END AS underpaid,
       cards_shared > 0                                                                      AS card_shared,
       lies > 0                                                                              AS lied_to,
       COALESCE(price_fen, 0)                                                                AS price_fen,
       worth_fen                                                                             AS earned_fen,
       captured_fen, refunded_fen, net_fen, cost_fen,
       -- what the copies that nobody ordered cost
       CASE WHEN units_delivered > units_ordered
            THEN CAST(FLOOR(cost_fen * (units_delivered - units_ordered) / units_delivered) AS BIGINT)
            ELSE 0 END                                                                       AS extra_cost_fen
FROM   seen
