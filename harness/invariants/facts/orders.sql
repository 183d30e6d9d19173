-- A row per intent: what the customer wanted and was told, what was charged, delivered and shown, and by when.
-- One fused pass over the events, without windows: going back in time is seen from the first answer that showed a
-- state and the last question that was still answered with an earlier one.
-- keep: table
-- needs: run
WITH told AS (
    SELECT intent,
           -- who and what: the one row that the customer wrote when the order was due
           MIN(CASE WHEN kind = 'intent' THEN time_ns END)                                   AS intended_ns,
           MIN(CASE WHEN kind = 'intent' THEN persona END)                                   AS persona,
           MIN(CASE WHEN kind = 'intent' THEN account END)                                   AS account,
           MIN(CASE WHEN kind = 'intent' THEN sku END)                                       AS sku,
           MIN(CASE WHEN kind = 'intent' THEN channel END)                                   AS channel,
           MIN(CASE WHEN kind = 'intent' THEN amount_fen END)                                AS listed_fen,
           MIN(CASE WHEN kind = 'intent' THEN units END)                                     AS units_ordered,
           -- what the platform answered when it was ordered
           COUNT(CASE WHEN kind = 'place' AND outcome = 'ok' THEN 1 END)                     AS placed_ok,
           COUNT(CASE WHEN kind = 'place' AND outcome = 'unknown' THEN 1 END)                AS placed_unknown,
           MIN(CASE WHEN kind = 'place' AND outcome = 'ok' AND order_no <> '' THEN order_no END) AS order_no,
           MAX(CASE WHEN kind = 'place' AND outcome = 'ok' AND order_no <> '' THEN order_no END) AS last_order_no,
           MIN(CASE WHEN kind = 'place' AND outcome = 'ok' THEN amount_fen END)              AS quoted_fen,
           MAX(CASE WHEN kind = 'place' AND outcome = 'ok' THEN amount_fen END)              AS quoted_max_fen,
           -- the gateway's book
           MIN(CASE WHEN kind = 'create' AND outcome = 'ok' THEN amount_fen END)             AS created_min_fen,
           MAX(CASE WHEN kind = 'create' AND outcome = 'ok' THEN amount_fen END)             AS created_max_fen,
           COUNT(CASE WHEN kind = 'captured' THEN 1 END)                                     AS captures,
           SUM(CASE WHEN kind = 'captured' THEN amount_fen ELSE 0 END)                       AS captured_fen,
           MIN(CASE WHEN kind = 'captured' THEN amount_fen END)                              AS captured_min_fen,
           MAX(CASE WHEN kind = 'captured' THEN amount_fen END)                              AS captured_max_fen,
           MIN(CASE WHEN kind = 'captured' THEN time_ns END)                                 AS first_captured_ns,
           MAX(CASE WHEN kind = 'captured' THEN time_ns END)                                 AS last_captured_ns,
           COUNT(CASE WHEN kind = 'refunded' THEN 1 END)                                     AS refunds,
           SUM(CASE WHEN kind = 'refunded' THEN amount_fen ELSE 0 END)                       AS refunded_fen,
           MAX(CASE WHEN kind = 'refunded' THEN time_ns END)                                 AS last_refunded_ns,
           MIN(CASE WHEN kind = 'notify' AND vantage = 'gateway' AND forged AND sent THEN time_ns END) AS first_forged_ns,
           -- the operator's book
           MIN(CASE WHEN kind = 'submit' THEN time_ns END)                                   AS first_submit_ns,
           COUNT(CASE WHEN kind = 'delivered' THEN 1 END)                                    AS deliveries,
           SUM(CASE WHEN kind = 'delivered' THEN units ELSE 0 END)                           AS units_delivered,
           MIN(CASE WHEN kind = 'delivered' THEN time_ns END)                                AS first_delivered_ns,
           MAX(CASE WHEN kind = 'delivered' THEN time_ns END)                                AS last_delivered_ns,
           MIN(CASE WHEN kind = 'delivered' THEN ref END)                                    AS a_delivery_ref,
           MAX(CASE WHEN kind = 'delivered' THEN ref END)                                    AS another_delivery_ref,
           -- what the customer was shown: the first answer, and the last question, for each state
           COUNT(CASE WHEN shown THEN 1 END)                                                 AS reads,
           MAX(CASE WHEN shown AND state = 'unpaid' THEN time_ns END)                        AS last_unpaid_asked_ns,
           MIN(CASE WHEN shown AND state = 'paid' THEN time_ns + took_us * 1000 END)         AS first_paid_shown_ns,
           MAX(CASE WHEN shown AND state = 'paid' THEN time_ns END)                          AS last_paid_asked_ns,
           MIN(CASE WHEN shown AND state = 'delivering' THEN time_ns + took_us * 1000 END)   AS first_delivering_shown_ns,
           MAX(CASE WHEN shown AND state = 'delivering' THEN time_ns END)                    AS last_delivering_asked_ns,
           MIN(CASE WHEN shown AND state = 'delivered' THEN time_ns + took_us * 1000 END)    AS first_delivered_shown_ns,
           MAX(CASE WHEN shown AND state = 'delivered' THEN time_ns END)                     AS last_delivered_asked_ns,
           MIN(CASE WHEN shown AND state = 'refunded' THEN time_ns + took_us * 1000 END)     AS first_refunded_shown_ns,
           MAX(CASE WHEN shown AND state = 'refunded' THEN time_ns END)                      AS last_refunded_asked_ns,
           MIN(CASE WHEN shown AND state = 'closed' THEN time_ns + took_us * 1000 END)       AS first_closed_shown_ns,
           MAX(CASE WHEN shown AND state = 'closed' THEN time_ns END)                        AS last_closed_asked_ns,
           -- the final read
           COUNT(CASE WHEN kind = 'audit' AND outcome = 'ok' THEN 1 END)                     AS audits_ok,
           COUNT(CASE WHEN kind = 'audit' AND outcome = 'fail' THEN 1 END)                   AS audits_fail,
           MAX(CASE WHEN kind = 'audit' THEN state END)                                      AS audit_state,
           MAX(CASE WHEN kind = 'audit' THEN time_ns END)                                    AS audited_ns,
           -- what we did to it
           COUNT(CASE WHEN struck THEN 1 END)                                                AS strikes_met,
           COUNT(CASE WHEN lied AND vantage = 'operator' THEN 1 END)                         AS operator_lies,
           COUNT(CASE WHEN lied AND vantage = 'gateway' THEN 1 END)                          AS gateway_lies,
           -- how it ended for the customer
           MAX(CASE WHEN kind = 'done' THEN time_ns END)                                     AS done_ns,
           MAX(CASE WHEN kind = 'done' THEN state END)                                       AS done_state
    FROM   events
    WHERE  intent IS NOT NULL
    GROUP BY intent
)
SELECT told.*,
       COALESCE(told.quoted_fen, told.listed_fen)                                            AS price_fen,
       told.captured_fen - told.refunded_fen                                                 AS net_fen,
       -- 0, 1, or 2 for more than one
       CASE WHEN told.order_no IS NULL THEN 0
            WHEN told.order_no = told.last_order_no THEN 1 ELSE 2 END                        AS orders_made,
       -- The promise counts from the last charge; while strikes were on, an order that they met could not keep it.
       CASE WHEN told.strikes_met = 0 THEN told.last_captured_ns + run.settle_within_ns
            WHEN told.last_captured_ns > run.healed_ns THEN told.last_captured_ns + run.settle_within_ns
            WHEN told.captures > 0 THEN run.healed_ns + run.settle_within_ns END             AS due_ns,
       CASE WHEN told.strikes_met = 0 THEN told.last_captured_ns + run.settle_within_ns <= run.settled_ns
            WHEN told.last_captured_ns > run.healed_ns
            THEN told.last_captured_ns + run.settle_within_ns <= run.settled_ns
            WHEN told.captures > 0
            THEN run.healed_ns + run.settle_within_ns <= run.settled_ns END                  AS time_up
FROM   told
CROSS JOIN run
