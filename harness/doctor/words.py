"""What each broken step says to people: (English, Chinese), with `{names}` filled in from the diagnosis."""

STEPS: dict[str, tuple[str, str]] = {
    "unhealthy": (
        "The platform at {url} did not become healthy: {why}. Look at control.start and control.health.",
        "平台 {url} 未能进入健康状态：{why}。请检查 control.start 与 control.health。",
    ),
    "platform_ended": (
        "The platform at {url} became healthy, and then ended by itself: {why}",
        "平台 {url} 已进入健康状态，随后自行退出：{why}",
    ),
    "no_connection": (
        "Cannot connect to {url} ({why}). Is the platform running, and is base_url its address?",
        "连不上 {url}（{why}）。平台启动了吗？base_url 写对了吗？",
    ),
    "no_answer": (
        "The call {call} was sent and no answer came ({why}).",
        "请求 {call} 已发出，但没有收到应答（{why}）。",
    ),
    "server_error": (
        "The platform answered {call} with HTTP {status}.",
        "平台对 {call} 返回 HTTP {status}。",
    ),
    "login_refused": (
        "The login was refused: {answer}. Look at session.login and at the accounts.",
        "登录被拒绝：{answer}。请检查 session.login 和账号。",
    ),
    "session_over": (
        "The platform takes the session of {call} for ended ({reason}). Look at session.send and ended_when.",
        "平台认为 {call} 的会话已失效（{reason}）。请检查 session.send 与 ended_when。",
    ),
    "template_hole": (
        "A template of {call} asks for a value that is not known there: {reason}.",
        "{call} 的模板引用了此处没有的值：{reason}。",
    ),
    "not_json": (
        "The answer to {call} is not JSON: {reason}. HTML is often a login page: look at session, or use css.",
        "{call} 的应答不是 JSON：{reason}。若是 HTML，多半是登录页：请检查 session，或改用 css 提取。",
    ),
    "no_form": (
        "The page before {call} has no such form: {reason}. Look at form_of.",
        "{call} 之前的页面上没有这个表单：{reason}。请检查 form_of。",
    ),
    "refused": (
        "The platform refused {call}: {answer}. Look at the request below.",
        "平台拒绝了 {call}：{answer}。请对照下面的请求。",
    ),
    "not_ok": (
        "The ok_when of {call} does not hold (HTTP {status}): {what} should be {wanted}, and the answer has {had}.",
        "{call} 的 ok_when 不成立（HTTP {status}）：{what} 应为 {wanted}，应答中却是 {had}。",
    ),
    "key_unreadable": (
        "The key that signs {call} is of no use: {reason}. Look at sign.key and at what it asks for.",
        "为 {call} 签名的密钥无法使用：{reason}。请检查 sign.key 及其引用的值。",
    ),
    "take_nothing": (
        "take found no {what} in the answer to {call}. The answer has: {keys}.",
        "{call} 的应答里取不到 {what}。应答中有：{keys}。",
    ),
    "amount_unreadable": (
        "The amount in the answer to {call} cannot be read: {reason}. Look at money and at take.amount.",
        "{call} 应答中的金额无法识别：{reason}。请检查 money 与 take.amount。",
    ),
    "amount_unit": (
        "The amount is off by 100: {amount} fen, but {goods} costs {price} fen. Is money fen or yuan?",
        "金额差 100 倍：读到 {amount} 分，而 {goods} 的价格是 {price} 分。money 应为 fen 还是 yuan？",
    ),
    "price_differs": (
        "The price does not match: the platform says {amount} fen, the target file {price} fen for {goods}.",
        "价格不符：平台给出 {amount} 分，目标文件中 {goods} 的价格是 {price} 分。",
    ),
    "no_pay_url": (
        "No pay link: neither place nor pay_link takes a pay_url.",
        "没有支付链接：place 和 pay_link 都没有取到 pay_url。",
    ),
    "way_elsewhere": (
        "The way to the gateway ends elsewhere: {reason}. Configure the platform with the mock's address.",
        "去支付的路没有通到本次的模拟网关：{reason}。请把平台的网关地址配置成模拟网关。",
    ),
    "way_lost": (
        "The way to the gateway ends on a page of the platform: {reason}.",
        "去支付的路停在了平台自己的页面上：{reason}。",
    ),
    "pay_url_elsewhere": (
        (
            "The gateway {gateway} was never asked: the pay link {url} is not of a mock ({ours}). Configure the"
            " platform with the mock's address."
        ),
        "网关 {gateway} 从未被请求：支付链接 {url} 不属于模拟网关（{ours}）。请把平台的网关地址配置成模拟网关。",
    ),
    "other_gateway": (
        "The pay link {url} is of the gateway {other}, not of {gateway}. Look at gateways.{gateway}.channel.",
        "支付链接 {url} 属于网关 {other}，而不是 {gateway}。请检查 gateways.{gateway}.channel。",
    ),
    "gateway_not_asked": (
        "The gateway {gateway} was never asked for a payment; the pay link is {url}.",
        "网关 {gateway} 从未收到下单请求；支付链接是 {url}。",
    ),
    "gateway_signature": (
        (
            "The gateway {gateway} could not read the platform's request; it answered: {said}. Most often the key, the"
            " merchant number or the way of signing differs."
        ),
        "网关 {gateway} 无法受理平台的请求，应答为：{said}。多半是密钥、商户号或签名方式不一致。",
    ),
    "gateway_refused": (
        "The gateway {gateway} refused to create the payment: {reason}.",
        "网关 {gateway} 拒绝下单：{reason}。",
    ),
    "gateway_amount_unit": (
        "The platform asked {gateway} for {amount} fen, but {goods} costs {price} fen: the unit is off by 100.",
        "平台向 {gateway} 请求收款 {amount} 分，而 {goods} 的价格是 {price} 分：金额单位差 100 倍。",
    ),
    "gateway_amount": (
        "The platform asked {gateway} for {amount} fen, but {goods} costs {price} fen.",
        "平台向 {gateway} 请求收款 {amount} 分，而 {goods} 的价格是 {price} 分。",
    ),
    "not_payable": (
        "The customer could not pay at {gateway}: {reason}; the pay link is {url}.",
        "客户无法在 {gateway} 付款：{reason}；支付链接是 {url}。",
    ),
    "notify_never_sent": (
        "{who} sent no payment notification within {s} s: did the platform give it a notify URL?",
        "{who} 在 {s} 秒内没有发出支付通知：平台下单时给出通知地址了吗？",
    ),
    "notify_unreachable": (
        "{who} cannot reach the notify URL {url}: {why}.",
        "{who} 访问不到通知地址 {url}：{why}。",
    ),
    "notify_not_acked": (
        (
            "The platform did not acknowledge the notification of {who} to {url}: HTTP {status}, {body}. Most often it"
            " checks the signature with another key."
        ),
        "平台没有确认 {who} 发往 {url} 的通知：HTTP {status}，{body}。多半是验签所用的密钥不一致。",
    ),
    "operator_not_asked": (
        (
            "The order is paid, but no operator was asked ({operator}). Is the platform configured with its address,"
            " and do its workers run, where a queue carries the work?"
        ),
        "订单已支付，但没有请求任何货源（{operator}）。平台配置的是模拟货源的地址吗？若靠队列办单，工作进程在运行吗？",
    ),
    "operator_signature": (
        (
            "The operator {operator} could not read the platform's request; it answered: {said}. Most often the key or"
            " the account differs."
        ),
        "货源 {operator} 无法受理平台的请求，应答为：{said}。多半是密钥或账号不一致。",
    ),
    "product_unknown": (
        "The operator {operator} does not know the product {sku}; the target file has {listed}.",
        "货源 {operator} 没有商品 {sku}；目标文件里写的是 {listed}。",
    ),
    "balance_low": (
        "The balance at the operator {operator} is too low: look at balance_fen and at the goods' cost.",
        "在货源 {operator} 的余额不足：请检查 balance_fen 与商品的 cost。",
    ),
    "operator_refused": (
        "The operator {operator} refused the order: {reason}.",
        "货源 {operator} 拒绝了订单：{reason}。",
    ),
    "operator_failed": (
        "The operator {operator} took the order and failed it.",
        "货源 {operator} 受理后充值失败。",
    ),
    "operator_slow": (
        "The operator {operator} had not delivered within {s} s.",
        "货源 {operator} 在 {s} 秒内没有发货。",
    ),
    "wrong_account": (
        "The platform had {to} recharged instead of {account}; or it went on with an order left over from earlier.",
        "平台充值到了 {to}，而订单的账号是 {account}；也可能是平台在接着办以前遗留的订单。",
    ),
    "callback_unreachable": (
        "{who} cannot reach the callback URL {url}: {why}.",
        "{who} 访问不到回调地址 {url}：{why}。",
    ),
    "callback_not_acked": (
        "The platform did not acknowledge the callback of {who} to {url}: HTTP {status}, {body}.",
        "平台没有确认 {who} 发往 {url} 的回调：HTTP {status}，{body}。",
    ),
    "status_unread": ("The order's status was never read.", "从未读到订单状态。"),
    "state_unknown": (
        "The state {state} is not in the target file's states.",
        "状态 {state} 不在目标文件的 states 里。",
    ),
    "ended_otherwise": (
        "The order ended as {state}, though it was paid and nothing was struck.",
        "订单以 {state} 结束，但它已支付，也没有注入任何故障。",
    ),
    "never_final": (
        "The order stayed {state} for {s} s: it never became delivered.",
        "订单在 {s} 秒内一直是 {state}，没有变为 delivered。",
    ),
    "no_cards": (
        "The order is delivered, but no card is shown: look at take.cards, cards and card_stock.",
        "订单已发货，但看不到卡密：请检查 take.cards、cards 与 card_stock。",
    ),
    "no_passwords": (
        "The card came with a password, which is not shown: take.cards must take it, or say card_passwords: false.",
        "上游发出的卡带有密码，所示内容里却没有：请让 take.cards 一并取出，或写明 card_passwords: false。",
    ),
    "channel_signature": (
        "The message channel {channel} was asked, and could not accept it: {said}",
        "短信通道 {channel} 收到了请求，但无法受理：{said}",
    ),
    "channel_not_asked": (
        "The order ended, and in {s} s no message about it reached the channel {channel}: look at its url and key.",
        "订单已完结，但 {s} 秒内通道 {channel} 没有收到任何通知：请检查其地址与密钥。",
    ),
    "order_unlisted": (
        "The customer's own list has {count} numbers, the first {first}, and not {order_no}: look at take.order_nos.",
        "客户自己的订单列表有 {count} 个订单号，第一个是 {first}，其中没有 {order_no}：请检查 take.order_nos。",
    ),
    "batch_numbers": (
        "The answer to batch has {count} {what} for {lines} lines: look at take.{what} and at batch_line.",
        "batch 的应答给出 {count} 个 {what}，而发送了 {lines} 行：请检查 take.{what} 与 batch_line。",
    ),
    "batch_line_refused": (
        "The platform took the batch without this line ({goods} to {account}): it has no order number.",
        "平台受理了批次，却没有受理这一行（{goods}，充值到 {account}）：它没有订单号。",
    ),
    "batch_unpaid": (
        "There is no way to pay this line ({goods} to {account}): the target file has no pay_link.",
        "这一行（{goods}，充值到 {account}）无法付款：目标文件里没有 pay_link。",
    ),
    "batch_counts": (
        (
            "Of {lines} lines that were paid batch_status counts {delivered} as delivered and {failed} as failed after"
            " {s} s, though nothing was struck: look at its take."
        ),
        (
            "已付款 {lines} 行，没有注入任何故障，{s} 秒后 batch_status 却统计成功 {delivered} 行、失败 {failed} 行："
            "请检查其 take。"
        ),
    ),
    "bill_unreadable": (
        "The lines of the bill cannot be read: {reason}. Look at bill_lines.",
        "对账单的行无法识别：{reason}。请检查 bill_lines。",
    ),
    "bill_in_yuan": (
        "The bill has an amount of {amount} where fen were expected: say bill_lines.money: yuan.",
        "对账单里的金额是 {amount}，而不是以分为单位：请写 bill_lines.money: yuan。",
    ),
    "bill_order_no": (
        "The bill names the order {order_no}, but no line has it in {field}: look at bill_lines.order_no.",
        "对账单里有订单 {order_no}，但没有一行的 {field} 是它：请检查 bill_lines.order_no。",
    ),
    "bill_kinds": (
        "Lines of the order {order_no} are of the kinds {kinds}; bill_lines.kinds has {known}.",
        "订单 {order_no} 有类型为 {kinds} 的行；bill_lines.kinds 里只有 {known}。",
    ),
    "bill_unit": (
        (
            "The amount is off by 100: for the order {order_no} the bill says {amount} fen ({kind}), and it should be"
            " {price} fen. Is bill_lines.money (the file's money, unless said) fen or yuan?"
        ),
        (
            "金额差 100 倍：订单 {order_no} 在对账单里是 {amount} 分（{kind}），应为 {price} 分。"
            "bill_lines.money（未写则同 money）应为 fen 还是 yuan？"
        ),
    ),
    "bill_amount": (
        (
            "The bill says that {amount} fen were paid for the order {order_no} ({kind}), and its price is {price} fen:"
            " look at bill_lines.amount and kinds."
        ),
        "对账单说订单 {order_no} 付了 {amount} 分（{kind}），而价格是 {price} 分：请检查 bill_lines.amount 与 kinds。",
    ),
    "wallet_unreadable": (
        "The wallet cannot be read: {reason}. Look at wallet.read.take and wallet.lines.",
        "余额与流水无法识别：{reason}。请检查 wallet.read.take 与 wallet.lines。",
    ),
    "wallet_no_line": (
        "The wallet has no line of the order {order_no}, which should be {right} fen: does wallet.read take all lines?",
        "流水里没有订单 {order_no} 的行，它应为 {right} 分：wallet.read 取全了吗？",
    ),
    "wallet_order_no": (
        "The wallet names the order {order_no}, but no line is known to be its: look at wallet.lines.order_no.",
        "流水里出现了订单 {order_no}，却没有一行被认作它的：请检查 wallet.lines.order_no。",
    ),
    "wallet_kinds": (
        "The wallet names the order {order_no} in a line of a kind that wallet.lines.kinds does not have.",
        "流水里出现了订单 {order_no}，而那一行的类型不在 wallet.lines.kinds 里。",
    ),
    "wallet_unit": (
        (
            "The amount is off by 100: the wallet says {amount} fen of the order {order_no}, and it should be {right}."
            " Is wallet.lines.money (the file's money, unless said) fen or yuan?"
        ),
        (
            "金额差 100 倍：订单 {order_no} 的流水是 {amount} 分，应为 {right} 分。"
            "wallet.lines.money（未写则同 money）应为 fen 还是 yuan？"
        ),
    ),
    "wallet_amount": (
        (
            "The lines of the order {order_no} come to {amount} fen, and should to {right}: look at"
            " wallet.lines.amount, at kinds, and at the price or face of the goods."
        ),
        "订单 {order_no} 的流水合计 {amount} 分，应为 {right} 分：请检查 wallet.lines.amount、kinds 与商品价格、面值。",
    ),
    "wallet_balance": (
        (
            "An order of {price} fen ({order_no}) was paid from the balance, which went down by {amount}: look at"
            " wallet.read.take.balance."
        ),
        "用余额付了一笔 {price} 分的订单（{order_no}），余额却少了 {amount} 分：请检查 wallet.read.take.balance。",
    ),
}

WHOLE = ("whole", "完整")
UNLISTED = (
    "readable, no line of today's orders yet",
    "可读，尚无今天这些订单的行",
)
LINE = ("line {}", "第 {} 行")
NEXT = ("Next", "下一步")
SUMMARY = ("{whole} of {all} chains are whole.", "{all} 条链路中 {whole} 条完整。")
HEADINGS = {"request": ("request", "请求"), "reply": ("answer", "应答")}


def sentence(step: str, says: dict[str, str], lang: str) -> str:
    """Return a step's sentence in `en` or `zh`."""
    return STEPS[step][lang == "zh"].format_map(says)
