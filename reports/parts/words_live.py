"""The labels of the live page."""

LABELS = {
    "live": ("Live run", "运行实况"),
    "live.connecting": ("Connecting …", "连接中……"),
    "live.on": ("The run goes on.", "运行进行中。"),
    "live.over": (
        "The run is being judged and this page ends. The verdict will be in {file}.",
        "正在判定，本页到此为止。结论见 {file}。",
    ),
    "live.lost": (
        "No more news: the run, or the server of this page, has ended. The verdict is in {file} once the run is over.",
        "已无新消息：运行或本页的服务已结束。运行结束后结论见 {file}。",
    ),
    "live.broken": ("The journals cannot be read: ", "无法读取日志："),
    "live.aborted": ("The load was ended early: crossed ", "负载已提前终止，突破："),
    "live.note": (
        "All figures are “so far”: the run decides nothing until it has settled.",
        "所有数字均为“截至目前”：运行完结之前没有结论。",
    ),
    "live.progress": ("Arrivals", "到达进度"),
    "live.at": ("since the first arrival", "自首单应到起"),
    "live.rates": ("Orders per second, real time", "每秒订单数（真实时间）"),
    "live.backlog": ("Backlog: orders paid and open", "积压：已付未完结的订单"),
    "live.latency": ("Time that customers waited, real", "客户等待时长（真实时间）"),
    "live.lateness": ("The driver's own lateness, p99", "发压端自身延迟 p99"),
    "live.errors": ("Upstream exchanges that did not end well", "上游异常应答"),
    "live.struck": ("Orders struck so far", "已命中订单"),
    "live.laws.note": (
        (
            "Counted from the journals every few seconds. A breach is shown only where nothing that comes later can "
            "undo it; every other law is decided at the end."
        ),
        "每隔几秒根据日志统计一次。仅列出后续无法挽回的违反；其余规则在结束时判定。",
    ),
    "live.laws.at": ("Last counted at", "上次统计于"),
    "live.laws.never": ("Not counted yet.", "尚未统计。"),
    "live.laws.too_long": (
        "The journals are too long to be counted along; the verdict will count them.",
        "日志过大，运行期间不再统计，由最终判定计算。",
    ),
    "live.laws.error": ("The laws could not be counted: ", "规则统计失败："),
    "live.laws.cases": ("cases so far", "截至目前案例"),
    "live.laws.broken": ("broken so far", "截至目前违反"),
    "live.laws.open": ("undecided", "未定"),
    "live.laws.end": ("at the end", "结束时判定"),
    "live.begun": ("begun", "已发起"),
    "live.limits": ("Thresholds", "阈值"),
    "live.limits.so_far": ("So far", "截至目前"),
    "live.limits.aborts": ("ends the load when crossed", "突破即终止负载"),
}
