"""One caller for each dialect, over the independent clients: every operation of an order as the request that it is."""

import hashlib
from urllib.parse import urlencode

from alipay_client import AlipayMerchant
from epay_v2_client import EpayV2Merchant
from independent_clients import KasushouShop, WechatMerchant
from operator_clients import FuluShop, JuheShop, KakayunShop, KashangwangShop
from small_clients import OfpayBuyer, SharedShopBuyer, YileBuyer, md5
from topup_clients import DingxinShop, ShangtengShop
from wechat_v2_client import WechatV2Merchant

from harness.core.clock import now_ns
from mock_upstreams.dialect import Request

PRODUCTS = [
    {"id": "12", "cost_fen": 4960, "face_fen": 5000, "title": "话费50元"},
    {"id": "401", "kind": "cards", "cost_fen": 950, "face_fen": 1000, "title": "卡密10元"},
]


class Order:
    """What one order is about; `ref` is the upstream's own number once it is known."""

    def __init__(self, number, url, account="13800138000"):
        self.number, self.url, self.account, self.ref = number, url, account, ""


class Epay:
    def __init__(self, known):
        self.pid, self.key = known["pid"], known["key"]

    def create(self, o):
        fields = {"pid": self.pid, "type": "alipay", "out_trade_no": o.number, "name": "VIP"}
        fields |= {"notify_url": o.url, "money": "19.90", "clientip": "127.0.0.1"}
        text = "&".join(f"{k}={v}" for k, v in sorted(fields.items())) + self.key
        sign = hashlib.md5(text.encode()).hexdigest()
        return self._post("/mapi.php", fields | {"sign": sign, "sign_type": "MD5"})

    def query(self, o):
        return self._api("order", out_trade_no=o.number)

    def refund(self, o):
        return self._api("refund", out_trade_no=o.number, money="19.90")

    def _api(self, act, **fields):
        return self._post("/api.php", {"act": act, "pid": self.pid, "key": self.key} | fields)

    def _post(self, path, fields):
        headers = [(b"Content-Type", b"application/x-www-form-urlencoded")]
        return Request("POST", path, headers, urlencode(fields).encode())


class EpayV2:
    def __init__(self, known):
        self.merchant = EpayV2Merchant(known)

    def create(self, o):
        said = {"type": "alipay", "out_trade_no": o.number, "notify_url": o.url, "name": "VIP"}
        return self.merchant.asks("pay/create", money="19.90", clientip="127.0.0.1", **said)

    def query(self, o):
        return self.merchant.asks("pay/query", out_trade_no=o.number)

    def close(self, o):
        return self.merchant.asks("pay/close", out_trade_no=o.number)

    def refund(self, o):
        return self.merchant.asks("pay/refund", out_trade_no=o.number, money="19.90")


class Alipay:
    def __init__(self, known):
        self.merchant = AlipayMerchant(known)

    def create(self, o):
        biz = {"out_trade_no": o.number, "total_amount": "19.90", "subject": "VIP"}
        return self.merchant.asks("alipay.trade.wap.pay", biz, notify_url=o.url)

    def _named(self, verb, o, **biz):
        return self.merchant.asks(f"alipay.trade.{verb}", {"out_trade_no": o.number, **biz})

    def query(self, o):
        return self._named("query", o)

    def close(self, o):
        return self._named("close", o)

    def refund(self, o):
        return self._named("refund", o, refund_amount="19.90", out_request_no="R")


class WechatPay:
    def __init__(self, known):
        self.merchant = WechatMerchant(known, certified=True)  # a public key never changes
        self.by_number = "/v3/pay/transactions/out-trade-no/"

    def create(self, o):
        said = self.merchant.order(out_trade_no=o.number, notify_url=o.url)
        return self.merchant.asks("POST", "/v3/pay/transactions/native", said)

    def query(self, o):
        return self.merchant.asks("GET", f"{self.by_number}{o.number}?mchid={self.merchant.mchid}")

    def close(self, o):
        said = {"mchid": self.merchant.mchid}
        return self.merchant.asks("POST", f"{self.by_number}{o.number}/close", said)

    def complaint(self, o):
        said = {"complainted_mchid": self.merchant.mchid, "response_content": "马上处理"}
        path = f"/v3/merchant-service/complaints-v2/{o.ref}/response"
        return self.merchant.asks("POST", path, said)

    def refund(self, o):
        amount = {"refund": 1990, "total": 1990, "currency": "CNY"}
        said = {"out_trade_no": o.number, "out_refund_no": f"R{o.number}", "notify_url": o.url}
        return self.merchant.asks("POST", "/v3/refund/domestic/refunds", said | {"amount": amount})


class WechatPayV2:
    def __init__(self, known):
        self.merchant = WechatV2Merchant(known)

    def create(self, o):
        said = self.merchant.order(out_trade_no=o.number, notify_url=o.url)
        return self.merchant.asks("/pay/unifiedorder", **said)

    def query(self, o):
        return self.merchant.asks("/pay/orderquery", out_trade_no=o.number)

    def close(self, o):
        return self.merchant.asks("/pay/closeorder", out_trade_no=o.number)

    def refund(self, o):
        said = {"out_trade_no": o.number, "out_refund_no": f"R{o.number}", "notify_url": o.url}
        return self.merchant.asks("/secapi/pay/refund", total_fee="1990", refund_fee="1990", **said)


class Dayuanren:
    def __init__(self, known):
        self.userid, self.key = known["userid"], known["apikey"]

    def _asks(self, path, **fields):
        fields = {"userid": self.userid} | fields
        text = "&".join(f"{k}={v}" for k, v in sorted(fields.items())) + f"&apikey={self.key}"
        body = urlencode(fields | {"sign": md5(text).upper()}).encode()
        return Request("POST", f"/yrapi.php/index/{path}", [], body)

    def submit(self, o):
        said = {"mobile": o.account, "product_id": "12", "notify_url": o.url}
        return self._asks("recharge", out_trade_num=o.number, **said)

    def query(self, o):
        return self._asks("check", out_trade_nums=o.number)

    def close(self, o):
        return self._asks("remove", out_trade_nums=o.number)

    def balance(self, _):
        return self._asks("user")


class Kasushou:
    def __init__(self, known):
        self.shop = KasushouShop(known)

    def submit(self, o):
        said = {"id": "12", "external_orderno": o.number, "url": o.url}
        return self.shop.asks("order/buy", said | {"attach": {"recharge_account": o.account}})

    def query(self, o):
        return self.shop.asks("order/info", {"external_orderno": o.number})

    def close(self, o):
        return self.shop.asks("order/close", {"ordersn": o.ref or "0"})

    def claim(self, o):
        said = {"ordersn": o.ref or "0", "content": "没有到账", "url": o.url}
        return self.shop.asks("order/complain", said)

    def balance(self, _):
        return self.shop.asks("user/info", {})


class Kashangwang:
    def __init__(self, known):
        self.shop = KashangwangShop(known)

    def submit(self, o):
        said = {"recharge_account": o.account, "outer_order_id": o.number, "notify_url": o.url}
        return self.shop.asks("buy", product_id="12", quantity="1", **said)

    def query(self, o):
        return self.shop.asks("outer-order", outer_order_id=o.number)

    def balance(self, _):
        return self.shop.asks("customer")


class Kakayun:
    def __init__(self, known):
        self.shop = KakayunShop(known)

    def submit(self, o):
        said = {"attach": f'["{o.account}"]', "outorderno": o.number, "callbackurl": o.url}
        return self.shop.asks("buy", goodsid="12", buynum="1", **said)

    def query(self, o):
        return self.shop.asks("queryorder", outorderno=o.number)

    def balance(self, _):
        return self.shop.asks("userinfo")


class Fulu:
    def __init__(self, known):
        self.shop = FuluShop(known)

    def submit(self, o):
        said = {"charge_phone": o.account, "charge_value": 50, "customer_order_no": o.number}
        return self.shop.asks("fulu.order.mobile.add", said)

    def query(self, o):
        return self.shop.asks("fulu.order.info.get", {"customer_order_no": o.number})

    def balance(self, _):
        return self.shop.asks("fulu.user.info.get")


class Juhe:
    def __init__(self, known):
        self.shop = JuheShop(known)

    def submit(self, o):
        return self.shop.orders(orderid=o.number, phone=o.account)

    def query(self, o):
        return self.shop.asks("ordersta", orderid=o.number)

    def balance(self, _):
        return self.shop.asks("yue", signed=("timestamp",), timestamp="1735660800")


class Ofpay:
    def __init__(self, known):
        self.buyer = OfpayBuyer(known)

    def submit(self, o):
        said = {"cardid": "140101", "cardnum": "50", "sporder_time": "20250101000000"}
        said |= {"sporder_id": o.number, "game_userid": o.account, "ret_url": o.url}
        return self.buyer.buys(**said)

    def query(self, o):
        return self.buyer.asks("api/query.do", spbillid=o.number)

    def balance(self, _):
        return self.buyer.asks("queryuserinfo.do")


class Small:
    """As the preset that the settings leave unsaid."""

    def __init__(self, known):
        self.merchant, self.key = known["merchant"], known["key"]

    def submit(self, o):
        names = ("partner_id", "partner_order_no", "phone", "amount", "type", "notify_url")
        values = (self.merchant, o.number, o.account, "50.00", "1", o.url)
        return self._post("/api/receiveOrder", zip(names, values, strict=True), "".join(values))

    def query(self, o):
        return self._post("/api/query", [("partner_order_no", o.number)], o.number)

    def _post(self, path, fields, text):
        body = urlencode([*fields, ("sign", md5(text + self.key))]).encode()
        return Request("POST", path, [], body)


class Shangteng:
    def __init__(self, known):
        self.shop = ShangtengShop(known)

    def submit(self, o):
        said = {"product_id": 12, "external_orderno": o.number, "notify_url": o.url}
        return self.shop.asks("Order/create", said | {"recharge_account": o.account})

    def query(self, o):
        return self.shop.asks("Order/query", {"external_orderno": o.number})

    def balance(self, _):
        return self.shop.asks("User/balance", {})


class Dingxin:
    def __init__(self, known):
        self.shop = DingxinShop(known)

    def submit(self, o):
        return self.shop.buys(sporderid=o.number, mobile=o.account, back_url=o.url)

    def query(self, o):
        return self.shop.asks(o.number)


class SharedShop:
    def __init__(self, known):
        self.buyer = SharedShopBuyer(known)

    def submit(self, o):
        said = {"shared_code": "401", "num": "1", "request_no": o.number}
        return self.buyer.asks("commodity/trade", contact=o.account, **said)

    def query(self, o):
        return self.buyer.asks("commodity/query", tradeNo=o.ref or "0")

    def balance(self, _):
        return self.buyer.asks("authentication/connect")


class Yile:
    def __init__(self, known):
        self.buyer = YileBuyer(known)

    def _asks(self, path, body):
        return self.buyer.asks(path, body, now_ns() // 10**9)

    def submit(self, o):
        said = {"goods_sn": "12", "buy_number": 1, "buy_params": {"充值账号": o.account}}
        return self._asks("Goods/Buy", said)

    def query(self, o):
        return self._asks("Order/Show", {"order_sn": o.ref or "0"})

    def balance(self, _):
        return self._asks("CustomerAccount/Show", {})


CALLERS = {
    "epay": Epay,
    "epay_v2": EpayV2,
    "alipay": Alipay,
    "wechat_pay": WechatPay,
    "wechat_pay_v2": WechatPayV2,
    "dayuanren": Dayuanren,
    "kasushou": Kasushou,
    "kashangwang": Kashangwang,
    "kakayun": Kakayun,
    "fulu": Fulu,
    "juhe": Juhe,
    "ofpay": Ofpay,
    "small": Small,
    "shangteng": Shangteng,
    "dingxin": Dingxin,
    "shared_shop": SharedShop,
    "yile": Yile,
}
