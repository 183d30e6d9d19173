-- keep: table                        needs: run ruled        sliced by: intent
-- A row per intent: what the customer wanted and was told, what was charged, delivered and shown, and by when.
-- One fused pass over the events, without windows: going back in time is seen from the first answer that showed a
-- state and the last question that was still answered with an earlier one.
WITH wanted AS (
    SELECT intent, time_ns AS intended_ns, persona, account, sku, channel, amount_fen AS listed_fen, units AS units_ordered
    FROM   events
    WHERE  kind = 'intent' AND intent IS NOT NULL
),
told AS (
    SELECT intent,
           -- what the platform answered when it was ordered
           COUNT(CASE WHEN kind = 'place' AND outcome = 'ok' THEN 1 END)                     AS placed_ok,
           COUNT(CASE WHEN kind = 'place' AND outcome = 'unknown' THEN 1 END)                AS placed_unknown,
           MIN(CASE WHEN kind = 'place' AND outcome = 'ok' AND order_no <> '' THEN order_no END) AS order_no,
           MAX(CASE WHEN kind = 'place' AND outcome = 'ok' AND order_no <> '' THEN order_no END) AS last_order_no,
           MIN(CASE WHEN kind = 'place' AND outcome = 'ok' THEN amount_fen END)              AS quoted_fen,
           MAX(CASE WHEN kind = 'place' AND outcome = 'ok' THEN amount_fen END)              AS quoted_max_fen,
           -- the gateway's book
           MIN(CASE WHEN kind = 'create' AND outcome <> 'fail' THEN amount_fen END)             AS created_fen,
           MAX(CASE WHEN kind = 'create' AND outcome <> 'fail' THEN amount_fen END)             AS created_max_fen,
           COUNT(CASE WHEN kind = 'captured' THEN 1 END)                                     AS captures,
           CAST(SUM(CASE WHEN kind = 'captured' THEN amount_fen ELSE 0 END) AS BIGINT)  AS captured_fen,
           MIN(CASE WHEN kind = 'captured' THEN amount_fen END)                              AS captured_min_fen,
           MAX(CASE WHEN kind = 'captured' THEN amount_fen END)                              AS captured_max_fen,
           MIN(CASE WHEN kind = 'captured' THEN time_ns END)                                 AS first_captured_ns,
           MAX(CASE WHEN kind = 'captured' THEN time_ns END)                                 AS last_captured_ns,
           -- `by`: at the latest. Of what a wallet shows it is not known when it was written, only between when (_wallet.sql).
           MIN(CASE WHEN kind = 'captured' THEN time_ns + took_us * 1000 END)                AS first_captured_by_ns,
           MAX(CASE WHEN kind = 'captured' THEN time_ns + took_us * 1000 END)                AS last_captured_by_ns,
           MAX(CASE WHEN kind = 'refunded' THEN time_ns + took_us * 1000 END)                AS last_refunded_by_ns,
           MIN(CASE WHEN kind = 'delivered' THEN time_ns + took_us * 1000 END)               AS first_delivered_by_ns,
           MAX(CASE WHEN kind = 'delivered' THEN time_ns + took_us * 1000 END)               AS last_delivered_by_ns,
           CAST(SUM(CASE WHEN kind = 'refunded' THEN amount_fen ELSE 0 END) AS BIGINT)  AS refunded_fen,
           MAX(CASE WHEN kind = 'refunded' THEN time_ns END)                                 AS last_refunded_ns,
           MIN(CASE WHEN forged AND vantage IN ('gateway', 'customer') THEN time_ns END)     AS first_forged_ns,
           -- the operator's book
           MIN(CASE WHEN kind = 'submit' THEN time_ns END)                                   AS first_submit_ns,
           COUNT(CASE WHEN kind = 'submit' THEN 1 END)                                       AS submits,
           COUNT(CASE WHEN kind = 'delivered' THEN 1 END)                                    AS deliveries,
           -- parts of a unit must add up to it: three tenths and seven tenths are one, and not a bit more
           ROUND(SUM(CASE WHEN kind = 'delivered' THEN units ELSE 0 END), 6)                 AS units_delivered,
           MIN(CASE WHEN kind = 'delivered' THEN time_ns END)                                AS first_delivered_ns,
           MAX(CASE WHEN kind = 'delivered' THEN time_ns END)                                AS last_delivered_ns,
           -- what the customer was shown: for each state the first answer, and the last question that it answered
           COUNT(CASE WHEN shown THEN 1 END)                                                 AS reads,
           MAX(CASE WHEN shown AND state = 'unpaid' THEN time_ns END)                        AS last_unpaid_asked_ns,
           MIN(CASE WHEN shown AND state = 'paid' THEN time_ns + took_us * 1000 END)         AS first_paid_shown_ns,
           MAX(CASE WHEN shown AND state = 'paid' THEN time_ns END)                          AS last_paid_asked_ns,
           MIN(CASE WHEN shown AND state = 'delivering' THEN time_ns + took_us * 1000 END)   AS first_delivering_shown_ns,
           MAX(CASE WHEN shown AND state = 'delivering' THEN time_ns END)                    AS last_delivering_asked_ns,
           MIN(CASE WHEN shown AND state = 'refunding' THEN time_ns + took_us * 1000 END)    AS first_refunding_shown_ns,
           MAX(CASE WHEN shown AND state = 'refunding' THEN time_ns END)                     AS last_refunding_asked_ns,
           MIN(CASE WHEN shown AND state = 'delivered' THEN time_ns + took_us * 1000 END)    AS first_delivered_shown_ns,
           MAX(CASE WHEN shown AND state = 'delivered' THEN time_ns END)                     AS last_delivered_asked_ns,
           MIN(CASE WHEN shown AND state = 'refunded' THEN time_ns + took_us * 1000 END)     AS first_refunded_shown_ns,
           MAX(CASE WHEN shown AND state = 'refunded' THEN time_ns END)                      AS last_refunded_asked_ns,
           MIN(CASE WHEN shown AND state = 'closed' THEN time_ns + took_us * 1000 END)       AS first_closed_shown_ns,
           MAX(CASE WHEN shown AND state = 'closed' THEN time_ns END)                        AS last_closed_asked_ns,
           COUNT(CASE WHEN kind = 'status' AND outcome = 'fail'
                       AND (http_status IN (404, 410) OR state = 'missing') THEN 1 END)     AS not_found,
           -- the final read
           COUNT(CASE WHEN kind = 'audit' AND outcome = 'ok' THEN 1 END)                     AS audits_ok,
           COUNT(CASE WHEN kind = 'audit' AND outcome = 'fail' THEN 1 END)                   AS audits_fail,
           MAX(CASE WHEN kind = 'audit' AND outcome = 'ok' THEN state END)                   AS audit_state,
           -- what the customer was shown as the price of what is paid
           MIN(CASE WHEN shown AND state IN ('paid', 'delivering', 'delivered') THEN amount_fen END) AS shown_min_fen,
           MAX(CASE WHEN shown AND state IN ('paid', 'delivering', 'delivered') THEN amount_fen END) AS shown_max_fen,
           -- what strangers were shown of it
           COUNT(CASE WHEN kind = 'trespass' AND outcome = 'ok' THEN 1 END)                  AS shown_to_strangers,
           COUNT(CASE WHEN kind = 'trespass' AND outcome = 'fail' THEN 1 END)                AS kept_from_strangers,
           -- what we did to it: how often a strike met it, and how often an upstream was made to lie about it
           -- (no message that is held up excuses an order: delivery must not depend on it)
           COUNT(CASE WHEN struck AND vantage <> 'message' THEN 1 END)                       AS strikes_met,
           COUNT(CASE WHEN lied THEN 1 END)                                                  AS lies,
           COUNT(CASE WHEN untraced THEN 1 END)                                              AS untraced
    FROM   events
    WHERE  intent IS NOT NULL
    GROUP BY intent
),
due AS (
    SELECT told.*,
           wanted.intended_ns, wanted.persona, wanted.account, wanted.sku, wanted.channel, wanted.listed_fen,
           wanted.units_ordered,
           -- The promise counts from the last charge. An order that a strike met could not keep it while strikes
           -- were on, so its time begins when they are off.
           CASE WHEN told.captures = 0 THEN NULL
                WHEN told.strikes_met = 0 OR told.last_captured_by_ns > run.healed_ns
                THEN told.last_captured_by_ns + COALESCE(ruled.within_ns, run.settle_within_ns)
                ELSE run.healed_ns + COALESCE(ruled.within_ns, run.settle_within_ns) END     AS due_ns,
           COALESCE(ruled.within_ns, run.settle_within_ns)                                   AS within_ns,
           run.settled_ns,
           run.nameless_deliveries,
           -- What an operator did of it cannot be learnt by any platform: an answer was lost where callers have no number
           -- to ask by, or may have been, where processes or lines were struck.
           told.untraced > 0
               OR (plan.shaken AND wanted.sku IN (SELECT goods FROM products WHERE LIST_CONTAINS(plan.numberless, operator)))
                                                                                             AS untraceable
    FROM   wanted
    JOIN   told ON told.intent = wanted.intent
    CROSS JOIN run
    CROSS JOIN plan
    LEFT JOIN ruled ON ruled.intent = wanted.intent
),
priced AS (
    SELECT due.*,
           COALESCE(quoted_fen, listed_fen)                                                  AS price_fen,
           captured_fen - refunded_fen                                                       AS net_fen
    FROM   due
),
earned AS (
    -- of goods that came in part their part of the price may be kept, and what is left of a fen
    SELECT priced.*,
           CASE WHEN units_delivered >= units_ordered THEN price_fen
                ELSE CAST(CEIL(price_fen * units_delivered / units_ordered) AS BIGINT) END   AS earned_fen
    FROM   priced
)
SELECT earned.*,
       -- what is still due to the customer, in money: nothing if the goods are there
       CASE WHEN units_delivered >= units_ordered THEN 0
            ELSE GREATEST(net_fen - COALESCE(earned_fen, 0), 0) END                          AS owed_fen,
       -- a part came, and of the price no more than its part was kept
       COALESCE(units_delivered > 0 AND units_delivered < units_ordered AND net_fen <= earned_fen, FALSE) AS in_part,
       -- 0, 1, or 2 for more than one
       CASE WHEN order_no IS NULL THEN 0 WHEN order_no = last_order_no THEN 1 ELSE 2 END     AS orders_made,
       due_ns <= settled_ns                                                                  AS time_up
FROM   earned
