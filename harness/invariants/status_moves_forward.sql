-- title: What is shown never goes back | 状态只前进
-- promise: state                     severity: major            proof: seen
-- why: A paid order that is shown as unpaid again makes the customer pay twice or complain. | 已支付又变回待支付，客户就会重复付款或投诉。
-- unpaid < paid < delivering < delivered | refunded | closed; refunding comes before refunded and after all the others
-- but delivered; of the final states only closed may still become refunding or refunded.
-- A state was gone back to only if it was asked for after a later state had been answered, so reads that overlap
-- never count.
WITH ends AS (
    SELECT intent, reads, last_unpaid_asked_ns, last_paid_asked_ns, last_delivering_asked_ns, last_refunding_asked_ns,
           last_delivered_asked_ns, last_refunded_asked_ns, last_closed_asked_ns, first_paid_shown_ns,
           first_delivering_shown_ns, first_refunding_shown_ns, first_delivered_shown_ns, first_refunded_shown_ns,
           first_closed_shown_ns
    FROM   orders
    WHERE  reads > 1 AND orders_made < 2
),
shown AS (
    SELECT intent, reads,
           COALESCE(last_unpaid_asked_ns > first_paid_shown_ns, FALSE)
               OR COALESCE(last_unpaid_asked_ns > first_delivering_shown_ns, FALSE)
               OR COALESCE(last_unpaid_asked_ns > first_refunding_shown_ns, FALSE)
               OR COALESCE(last_unpaid_asked_ns > first_delivered_shown_ns, FALSE)
               OR COALESCE(last_unpaid_asked_ns > first_refunded_shown_ns, FALSE)
               OR COALESCE(last_unpaid_asked_ns > first_closed_shown_ns, FALSE)              AS unpaid_again,
           COALESCE(last_paid_asked_ns > first_delivering_shown_ns, FALSE)
               OR COALESCE(last_paid_asked_ns > first_refunding_shown_ns, FALSE)
               OR COALESCE(last_delivering_asked_ns > first_refunding_shown_ns, FALSE)       AS earlier_again,
           COALESCE(last_paid_asked_ns > first_delivered_shown_ns, FALSE)
               OR COALESCE(last_paid_asked_ns > first_refunded_shown_ns, FALSE)
               OR COALESCE(last_paid_asked_ns > first_closed_shown_ns, FALSE)
               OR COALESCE(last_delivering_asked_ns > first_delivered_shown_ns, FALSE)
               OR COALESCE(last_delivering_asked_ns > first_refunded_shown_ns, FALSE)
               OR COALESCE(last_delivering_asked_ns > first_closed_shown_ns, FALSE)
               OR COALESCE(last_refunding_asked_ns > first_delivered_shown_ns, FALSE)
               OR COALESCE(last_refunding_asked_ns > first_refunded_shown_ns, FALSE)         AS under_way_again,
           COALESCE(last_refunded_asked_ns > first_delivered_shown_ns, FALSE)
               OR COALESCE(last_closed_asked_ns > first_delivered_shown_ns, FALSE)
               OR COALESCE(last_delivered_asked_ns > first_refunded_shown_ns, FALSE)
               OR COALESCE(last_closed_asked_ns > first_refunded_shown_ns, FALSE)
               OR COALESCE(last_closed_asked_ns > first_refunding_shown_ns, FALSE)
               OR COALESCE(last_delivered_asked_ns > first_refunding_shown_ns, FALSE)
               OR COALESCE(last_delivered_asked_ns > first_closed_shown_ns, FALSE)           AS other_end
    FROM   ends
)
SELECT intent,
       NOT (unpaid_again OR earlier_again OR under_way_again OR other_end)                   AS held,
       CASE WHEN unpaid_again THEN 'shown as unpaid again'
            WHEN other_end THEN 'a final state was changed into another'
            WHEN under_way_again THEN 'shown as under way again after its end'
            WHEN earlier_again THEN 'shown in an earlier state again'
            ELSE 'only forward' END                                                          AS says,
       CASE WHEN unpaid_again THEN '又显示为待支付'
            WHEN other_end THEN '终态变成了另一个终态'
            WHEN under_way_again THEN '完结之后又显示为处理中'
            WHEN earlier_again THEN '显示的状态倒退'
            ELSE '只向前' END                                                                 AS says_zh,
       CAST(reads AS VARCHAR) || ' reads'                                                    AS evidence
FROM   shown
