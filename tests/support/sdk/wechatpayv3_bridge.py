"""The PyPI SDK `wechatpayv3` as a bridge: see v3.mjs for the questions and answers.

What is called are the functions that its own requests and notification handlers call. It has none that seals.
"""
import functools
import json
import sys

from wechatpayv3 import utils


# Reading a key takes longer than signing with it.
private_key = functools.lru_cache(utils.load_private_key)
public_key = functools.lru_cache(utils.load_public_key)


def authorize(question):
    utils.time.time = lambda: int(question["timestamp"])
    return {
        "authorization": utils.build_authorization(
            question["target"],
            question["method"],
            question["mchid"],
            question["serial"],
            private_key(question["private_key"]),
            data=question["body"],
            nonce_str=question["nonce"],
        )
    }


def sign(question):
    text = "%s\n%s\n%s\n" % (question["timestamp"], question["nonce"], question["body"])
    return {"signature": utils.rsa_sign(private_key(question["private_key"]), text)}


def verify(question):
    names = ("timestamp", "nonce", "body", "signature")
    key = public_key(question["public_key"])
    return {"verified": utils.rsa_verify(*(question[name] for name in names), key)}


def open_resource(question):
    names = ("nonce", "ciphertext", "associated_data", "key")
    text = utils.aes_decrypt(*(question[name] for name in names))
    if text is None:
        raise ValueError("not opened")
    return {"text": text}


DO = {"authorize": authorize, "sign": sign, "verify": verify, "open": open_resource}

for line in sys.stdin:
    question = json.loads(line)
    try:
        answer = DO[question["do"]](question)
    except Exception as error:  # whatever goes wrong is an answer, too
        answer = {"error": repr(error)}
    print(json.dumps(answer), flush=True)
