-- title: What is shown is what happened | 显示与事实一致
-- promise: state                     severity: major
-- why: Told "delivered" without goods, or "refunded" without money, a customer goes to the dispute desk. | 没到账却显示已完成，没退款却显示已退款，客户只能去投诉。
-- At the final read: delivered needs the goods, refunded needs the money back, closed and unpaid need that nothing was
-- handed out; paid, delivering, refunding and refunded need that something was charged. What is still under way is judged
-- by its time, in another law. Goods that came in part, with the rest of
-- the price paid back, are half delivered and half refunded: either word may stand for them. Of cards, delivered needs
-- that their customer can see them whole: the numbers if any of that operator's were shown, the passwords likewise, or if
-- the platform promises them. Passwords that nobody was ever shown are unknown, unless the platform promises none.
-- At any read: whoever was shown "delivered" before an operator had handed anything out was told what was not so yet, though
-- it came true later.
WITH shows AS (
    SELECT channel,
           SUM(numbers - numbers_unshown) > 0                                                AS numbers,
           SUM(passwords - passwords_unshown) > 0                                            AS passwords,
           (SELECT MAX(number) FROM promised WHERE name = 'card_passwords')                  AS said
    FROM   handed
    GROUP BY channel
),
begun AS (
    SELECT intent, MIN(delivered_ns) AS delivered_ns FROM deliveries WHERE channel <> '' AND intent IS NOT NULL GROUP BY intent
),
seen AS (
    SELECT o.intent, o.audit_state, o.captured_fen, o.refunded_fen, o.units_delivered, o.units_ordered,
           o.nameless_deliveries,
           o.audit_state = 'delivered' AND o.units_delivered < o.units_ordered AND NOT o.in_part AS no_goods,
           o.audit_state = 'refunded' AND o.net_fen > 0 AND NOT o.in_part                    AS no_money,
           o.audit_state IN ('closed', 'unpaid') AND o.units_delivered > 0                   AS goods_all_the_same,
           o.audit_state IN ('paid', 'delivering', 'refunding', 'refunded') AND o.captures = 0 AS no_charge,
           COALESCE(o.first_delivered_shown_ns < begun.delivered_ns, FALSE)                  AS too_early,
           COALESCE(o.audit_state = 'delivered' AND o.units_delivered = o.units_ordered
                    AND shows.numbers AND h.numbers_unshown > 0, FALSE)                      AS no_cards,
           COALESCE(o.audit_state = 'delivered' AND o.units_delivered = o.units_ordered AND h.passwords_unshown > 0
                    AND COALESCE(shows.said = 1, TRUE), FALSE)                               AS no_passwords,
           COALESCE(shows.passwords, FALSE) OR shows.said IS NOT NULL                        AS passwords_are_shown
    FROM   orders AS o
    LEFT JOIN handed AS h ON h.intent = o.intent
    LEFT JOIN shows ON shows.channel = h.channel
    LEFT JOIN begun ON begun.intent = o.intent
    WHERE  o.audits_ok > 0 AND o.orders_made = 1 AND o.lies = 0 AND o.audit_state <> ''
)
SELECT intent,
       CASE WHEN no_goods AND nameless_deliveries > 0 THEN NULL
            WHEN no_goods OR no_money OR no_charge OR goods_all_the_same OR too_early OR no_cards THEN FALSE
            WHEN no_passwords THEN CASE WHEN passwords_are_shown THEN FALSE END
            ELSE TRUE END                                                                    AS held,
       CASE WHEN no_goods AND units_delivered > 0 THEN 'shown as delivered, and only a part was'
            WHEN no_goods THEN 'shown as delivered, and nothing was'
            WHEN no_money THEN 'shown as refunded, and the money did not go back'
            WHEN no_charge THEN 'shown as ' || audit_state || ', and nothing was ever charged'
            WHEN goods_all_the_same THEN 'shown as ' || audit_state || ', and goods went out'
            WHEN too_early THEN 'shown as delivered before it was'
            WHEN no_cards THEN 'shown as delivered, and its card is not shown'
            WHEN no_passwords AND passwords_are_shown THEN 'shown as delivered, and the password of its card is not shown'
            WHEN no_passwords THEN 'no password of a card was ever shown: let take.cards take it as well, or say'
                || ' promises.card_passwords'
            ELSE 'shown as ' || audit_state || ', and so it is' END                          AS says,
       CASE WHEN no_goods AND units_delivered > 0 THEN '显示已完成，实际只到账一部分'
            WHEN no_goods THEN '显示已完成，实际没有发货'
            WHEN no_money THEN '显示已退款，实际没有退'
            WHEN no_charge THEN '显示 ' || audit_state || '，实际从未扣款'
            WHEN goods_all_the_same THEN '显示 ' || audit_state || '，实际已发货'
            WHEN too_early THEN '到账之前就显示已完成'
            WHEN no_cards THEN '显示已完成，却没有显示卡号'
            WHEN no_passwords AND passwords_are_shown THEN '显示已完成，却没有显示卡密'
            WHEN no_passwords THEN '整个运行从未显示过卡密：请让 take.cards 一并取出，或写明 promises.card_passwords'
            ELSE '显示 ' || audit_state || '，与事实一致' END                                  AS says_zh,
       'charged ' || CAST(captured_fen AS VARCHAR) || ' fen, refunded ' || CAST(refunded_fen AS VARCHAR)
           || ' fen, delivered ' || printf('%g', units_delivered) || ' of ' || printf('%g', units_ordered) AS evidence
FROM   seen
