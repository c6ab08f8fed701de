"""PyPI's wechatpayv3 against API v3 of the simulator, by its public interface; only its base address is changed.

Reads the simulator's address, the receiver's, and `certificates` or `public-key` from the command line and prints one
JSON document.
"""

import json
import sys
import time
import urllib.request

from wechatpayv3 import WeChatPay, WeChatPayType
from wechatpayv3.core import Core

simulator, receiver, mode = sys.argv[1:]
NUMBER, REFUND = "PY3-" + mode, "PY3R-" + mode


def post(url, document):
    request = urllib.request.Request(url, json.dumps(document).encode(), {"content-type": "application/json"})
    return json.load(urllib.request.urlopen(request))


def message(path):
    """The first message at a path of the receiver."""
    for _ in range(100):
        found = urllib.request.urlopen(receiver + "/received" + path).read().decode()
        if found:
            return json.loads(found)
        time.sleep(0.05)
    raise SystemExit("no message at " + path)


# The package has the address in the constructor, and asks for the certificates at once.
original = Core.__setattr__
Core.__setattr__ = lambda self, name, value: original(self, name, simulator if name == "_gate_way" else value)

keys = next(one for one in json.load(urllib.request.urlopen(simulator + "/control/v3/keys")) if one["mchid"] == "1698002315")
by_public_key = {"public_key": keys["public_key"], "public_key_id": keys["public_key_id"]} if mode == "public-key" else {}
client = WeChatPay(
    wechatpay_type=WeChatPayType.NATIVE,
    mchid=keys["mchid"],
    private_key=keys["private_key"],
    cert_serial_no=keys["serial"],
    apiv3_key=keys["api_v3_key"],
    appid=keys["appid"],
    notify_url=receiver + "/paid",
    **by_public_key,
)

statuses = []


def done(answer):
    statuses.append(answer[0])
    return json.loads(answer[1]) if answer[1] else None


placed = done(client.pay(description="Gift set & tea 茶", out_trade_no=NUMBER, amount={"total": 8800}))
unpaid = done(client.query(out_trade_no=NUMBER))
post(simulator + "/phone/pay", {"code_url": placed["code_url"]})
paid = done(client.query(out_trade_no=NUMBER))
told = message("/paid")
inside = client.callback(told["headers"], told["body"])["resource"]

refunded = done(
    client.refund(
        out_refund_no=REFUND,
        amount={"refund": 3300, "total": 8800, "currency": "CNY"},
        out_trade_no=NUMBER,
        notify_url=receiver + "/refunded",
    )
)
post(simulator + "/control/clock", {"advance-ms": 3000})
found = done(client.query_refund(REFUND))
told = message("/refunded")
inside_of_refund = client.callback(told["headers"], told["body"])["resource"]
refused = done(client.close(NUMBER))
done(client.pay(description="Tea", out_trade_no=NUMBER + "-2", amount={"total": 1}))
closed = client.close(NUMBER + "-2")

print(
    json.dumps(
        {
            "statuses": statuses,
            "states": [unpaid["trade_state"], paid["trade_state"]],
            "told": [inside["out_trade_no"] == NUMBER, inside["transaction_id"] == paid["transaction_id"]],
            "refund": [refunded["status"], found["status"], inside_of_refund["refund_id"] == refunded["refund_id"]],
            "close": [refused["code"], closed[0]],
        }
    )
)
