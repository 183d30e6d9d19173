-- title: Nobody reads another's order | 别人的订单看不到
-- promise: trust                     severity: critical         proof: seen          needs: sessions
-- why: An order shows an account, a phone number and card secrets; its number alone must not open it. | 订单里有账号、手机号和卡密，不能凭一个订单号就给人看。
-- A case is an order that another customer, with a session of his own, asked for by its number, or somebody whose token (JWT)
-- says that he is its owner and is signed by nobody; where requests are signed
-- and there are no sessions, also one that was asked for with a signature that anybody could have made up. So is one that
-- stands in another customer's own bill or list of orders, or was given to another who placed an order under its owner's client
-- number; and the first of a batch that another customer, or nobody, asked for: it stands for the batch.
SELECT intent,
       shown_to_strangers = 0                                                                AS held,
       CASE WHEN shown_to_strangers = 0 THEN 'refused to a stranger' ELSE 'shown to a stranger' END AS says,
       CASE WHEN shown_to_strangers = 0 THEN '陌生人查询被拒绝' ELSE '被陌生人查到' END          AS says_zh,
       'order ' || order_no                                                                  AS evidence
FROM   orders
WHERE  shown_to_strangers + kept_from_strangers > 0
