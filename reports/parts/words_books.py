"""The labels of reconciliation, the funnel, recovery, coverage, causes, and of what compares runs."""

LABELS = {
    # reconciliation
    "books": ("Reconciliation of the four ledgers", "四方对账"),
    "nav.books": ("Books", "对账"),
    "books.note": (
        "Customer, gateway, operator and platform side by side, one class an order. The amount is what is at stake.",
        "逐单核对顾客、支付渠道、上游货源与平台四本账，每单归入一类；金额为该类所涉款项。",
    ),
    "books.class": ("Class", "类别"),
    "books.orders": ("Orders", "单数"),
    "books.share": ("Share", "占比"),
    "books.amount": ("Amount at stake", "涉及金额"),
    "books.per_million": ("Loss per million orders", "每百万单损失"),
    "books.loser": ("Who loses", "损失方"),
    "loser.company": ("the company", "商家"),
    "loser.customer": ("the customer", "顾客"),
    "books.total": ("Loss in all", "损失合计"),
    "books.none": ("The verdict holds no reconciliation.", "结论中没有对账结果。"),
    # how sure
    "drop": ("Drop-order rate", "掉单率"),
    "drop.observed": (
        "{lost} of {paid} paid orders were lost.",
        "已支付 {paid} 单中掉单 {lost} 单。",
    ),
    "drop.orders": (
        (
            "{trials} paid orders met no fault that strikes everybody at once; chance was drawn for each, so each is "
            "one trial: {bad} lost, so with {level} confidence fewer than {upper} of such orders are."
        ),
        (
            "{trials} 笔已支付订单未遇到整体性故障，故障逐单抽签，每单为一次试验："
            "掉单 {bad} 单；以 {level} 置信，掉单率低于 {upper}。"
        ),
    ),
    "drop.episodes": (
        (
            "{met} orders met an outage or another fault that gives all one fate; such an episode is one trial, "
            "however many orders it met: {bad} of {trials} lost orders, so with {level} confidence fewer than "
            "{upper} of such episodes do."
        ),
        (
            "{met} 笔订单遇到停机等整体性故障，命运相同，无论影响多少单，每次故障只算一次试验："
            "{trials} 次中有 {bad} 次造成掉单；以 {level} 置信，此类故障造成掉单的比例低于 {upper}。"
        ),
    ),
    "drop.verdict": (
        "With {level} confidence fewer than {upper} of paid orders are lost where faults strike orders one by one.",
        "以 {level} 置信，在逐单故障下掉单率低于 {upper}。",
    ),
    # funnel and recovery
    "funnel": ("From payment to delivery", "支付到发货"),
    "funnel.note": (
        "Upstream time. Time spent is counted from the station before; who did not come stayed behind it.",
        "上游时间。耗时自上一节点起算；未到达者停留在上一节点。",
    ),
    "funnel.node": ("Station", "节点"),
    "node.paid": ("paid", "支付成功"),
    "node.received": ("received by the platform", "平台接收"),
    "node.called": ("asked of an upstream", "上游调用"),
    "node.delivered": ("delivered", "发货"),
    "funnel.orders": ("Orders", "单数"),
    "funnel.missing": ("Did not come", "未到达"),
    "funnel.refunded": ("of them refunded", "其中已退款"),
    "funnel.median": ("Median", "中位耗时"),
    "funnel.p95": ("p95", "p95 耗时"),
    "recovery": ("Recovery after heal", "故障恢复后的补单"),
    "recovery.says": (
        "{orders} paid orders were open when the faults were healed; {open} of them still are.",
        "故障恢复时有 {orders} 笔已支付订单未完结，其中 {open} 笔至今未完结。",
    ),
    "recovery.none": (
        "No paid order was open when the faults were healed.",
        "故障恢复时没有未完结的已支付订单。",
    ),
    "recovery.after": ("{n} min after heal", "恢复后 {n} 分钟"),
    "recovery.unknown": ("the run ended before", "运行已先结束"),
    # coverage
    "coverage": ("Where faults met orders", "故障覆盖"),
    "coverage.note": (
        (
            "Orders that each fault met in each phase, as gateway and operator saw it. An empty cell was not tried; "
            "★ was demanded by the scenario."
        ),
        "每类故障在订单各阶段命中的单数，以支付渠道和上游所见为准。空格表示未试；★ 为场景要求覆盖。",
    ),
    "coverage.none": ("No fault was planned.", "没有计划任何故障。"),
    "phase_of.unpaid": ("unpaid", "未支付"),
    "phase_of.paid_not_notified": ("paid, not notified", "已付未通知"),
    "phase_of.notified_not_acked": ("notified, not acked", "已通知未应答"),
    "phase_of.acked_not_delivered": ("acked, not delivered", "已应答未提交"),
    "phase_of.delivering": ("delivering", "充值中"),
    "phase_of.delivered": ("delivered", "已到账"),
    "phase_of.refunding": ("refunding", "退款中"),
    "series.backlog": ("paid and open", "已付未完结"),
    "series.errors": ("upstream errors", "上游错误"),
    "panel.backlog": ("Backlog: orders paid and open", "积压：已付未完结的订单"),
    "panel.errors": ("Upstream errors per second", "每秒上游错误"),
    # causes
    "cause.lift": (
        "{strike} ({kind}) met all of these, and {share} of all orders: a likely cause.",
        "这些订单全部遇到 {strike}（{kind}），而全部订单中仅 {share} 遇到：很可能是原因。",
    ),
    "cause.none": ("They share no strike that others did not meet.", "它们没有共同的特有故障。"),
    "cause.replay": ("Replay", "重放"),
    "filter": ("Filter findings", "筛选违规订单"),
    "filter.hint": ("order, intent, strike, words …", "订单号、意图号、故障、文字……"),
    "filter.shown": ("shown", "条"),
    # the sentence that says why
    "because.and": ("; ", "；"),
    "because.times": (", ", "、"),
    "because.stop": (".", "。"),
    "because.captured.never": ("the gateway took no money", "渠道未扣款"),
    "because.captured.once": (
        "the gateway took {amount} at {times}",
        "渠道于 {times} 扣款 {amount}",
    ),
    "because.captured.many": (
        "the gateway took {amount} in {n} charges, at {times}",
        "渠道扣款 {n} 次共 {amount}，时间 {times}",
    ),
    "because.delivered.never": ("nothing was handed out", "没有发货"),
    "because.delivered.once": ("the goods were handed out at {times}", "于 {times} 发货"),
    "because.delivered.many": (
        "the goods were handed out {n} times, at {times}",
        "发货 {n} 次，时间 {times}",
    ),
    "because.refunded.never": ("no money went back", "没有退款"),
    "because.refunded.once": ("{amount} went back at {times}", "于 {times} 退款 {amount}"),
    "because.refunded.many": (
        "{amount} went back in {n} refunds, at {times}",
        "退款 {n} 次共 {amount}，时间 {times}",
    ),
    "because.audit": ("the platform's last word is “{state}”", "平台最终显示“{state}”"),
    "because.met": (". Before that it met {strikes}", "。此单遇到 {strikes}"),
    "because.strike": ("⚡ {strike} on “{what}” at {time}", "⚡ {strike}（{what}，{time}）"),
    "lane.message": ("Messages", "消息通道"),
    "message.send": ("send a message", "发送消息"),
    "message.query": ("query a message", "查询消息"),
    "message.sent": ("customer was told", "已通知顾客"),
    # evidence and comparison
    "compare": ("Runs compared", "运行对比"),
    "compare.worse": ("worse", "变差"),
    "compare.better": ("better", "变好"),
    "compare.same": ("no difference shown", "未见差异"),
    "compare.what": ("What", "项目"),
    "compare.p": ("p", "p 值"),
    "compare.unpaid": ("Placed and never paid", "已下单未支付"),
    "compare.undelivered": ("Paid and not delivered", "已支付未到账"),
    "compare.place": ("Time to place an order", "下单时延"),
    "compare.pay": ("Time to pay", "付款时延"),
    "compare.status": ("Time to answer a status read", "查询时延"),
    "compare.delivered": ("Time from due to delivered, real", "应到至到账（真实时间）"),
    "compare.note": (
        (
            "Rates by Fisher's exact test, latencies by Mann and Whitney's test, both two-sided; a difference is "
            "called one below {alpha}, all rows together (Holm)."
        ),
        "比率用 Fisher 精确检验，时延用 Mann-Whitney 检验，均为双侧；全部项目经 Holm 校正后 p 低于 {alpha} 才算差异。",
    ),
    "evidence.title": ("Evidence for order {order}", "订单 {order} 证据"),
}
