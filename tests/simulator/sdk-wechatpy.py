"""PyPI's wechatpy against the simulator, by its public interface; only its base address is changed.

Reads the simulator's address and the receiver's from the command line and prints one JSON document.
"""

import json
import sys
import time
import urllib.request

from wechatpy.exceptions import WeChatPayException
from wechatpy.pay import WeChatPay

simulator, receiver, appid, mch_id, key = sys.argv[1:]


class Here(WeChatPay):
    API_BASE_URL = simulator + "/"


def post(url, document):
    request = urllib.request.Request(
        url, json.dumps(document).encode(), {"content-type": "application/json"}
    )
    return json.load(urllib.request.urlopen(request))


def message(path):
    """The body of the first message at a path of the receiver."""
    for _ in range(100):
        found = urllib.request.urlopen(receiver + "/received" + path).read().decode()
        if found:
            return found
        time.sleep(0.05)
    raise SystemExit("no message at " + path)


client = Here(appid, key, mch_id)
ordered = client.order.create(
    "NATIVE",
    "Gift set & tea 茶",
    8800,
    receiver + "/paid",
    client_ip="127.0.0.1",
    out_trade_no="PY-1",
    fee_type="HKD",
    product_id="SKU-88",
)
signed = [client.check_signature(dict(ordered))]
unpaid = client.order.query(out_trade_no="PY-1")
signed.append(client.check_signature(dict(unpaid)))
post(simulator + "/phone/pay", {"code_url": ordered["code_url"]})
paid = client.order.query(out_trade_no="PY-1")
told = client.parse_payment_result(message("/paid"))

refunded = client.refund.apply(
    8800, 3300, "PYR-1", out_trade_no="PY-1", fee_type="HKD", notify_url=receiver + "/refunded"
)
post(simulator + "/control/clock", {"advance-ms": 3000})
found = client.refund.query(out_refund_no="PYR-1")
told_of_refund = client.parse_refund_notify_result(message("/refunded"))

try:
    client.order.close("PY-1")
    closed = "closed"
except WeChatPayException as refusal:
    closed = refusal.errcode

print(
    json.dumps(
        {
            "signed": signed,
            "states": [unpaid["trade_state"], paid["trade_state"]],
            "told": [told["out_trade_no"], told["total_fee"], told["transaction_id"] == paid["transaction_id"]],
            "refund": [found["refund_status_0"], told_of_refund["refund_id"] == refunded["refund_id"]],
            "closed": closed,
        }
    )
)
