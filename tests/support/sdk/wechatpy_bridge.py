"""The PyPI SDK `wechatpy` as a bridge: see node.mjs for the questions and answers.

What is called are the functions that its own requests and notification handlers call. Its handler of notifications
knows MD5 only; HMAC-SHA256 is verified here with the function that signs its requests.
"""
import json
import sys

import xmltodict
from wechatpy.exceptions import InvalidSignatureException
from wechatpy.pay import WeChatPay
from wechatpy.pay.utils import calculate_signature, calculate_signature_hmac, dict_to_xml


def build(question):
    fields, key = question["fields"], question["key"]
    hmac = question["sign_type"] == "HMAC-SHA256"
    sign = calculate_signature_hmac(fields, key) if hmac else calculate_signature(fields, key)
    return {"xml": dict_to_xml(fields, sign), "sign": sign}


def read(question):
    fields = dict(xmltodict.parse(question["xml"])["xml"])
    pay = WeChatPay(fields.get("appid"), question["key"], fields.get("mch_id"))
    if question["sign_type"] == "HMAC-SHA256":
        unsigned = {name: value for name, value in fields.items() if name != "sign"}
        verified = calculate_signature_hmac(unsigned, question["key"]) == fields.get("sign")
    else:
        try:
            pay.parse_payment_result(question["xml"])
            verified = True
        except InvalidSignatureException:
            verified = False
    return {"verified": verified, "fields": fields}


def open_refund(question):
    outside = xmltodict.parse(question["xml"])["xml"]
    pay = WeChatPay(outside["appid"], question["key"], outside["mch_id"])
    inside = pay.parse_refund_notify_result(question["xml"])
    # It turns amounts into numbers.
    return {"fields": {name: str(value) for name, value in inside.items()}}


DO = {"build": build, "read": read, "open": open_refund}

for line in sys.stdin:
    question = json.loads(line)
    try:
        answer = DO[question["do"]](question)
    except Exception as error:  # whatever goes wrong is an answer, too
        answer = {"error": repr(error)}
    print(json.dumps(answer), flush=True)
