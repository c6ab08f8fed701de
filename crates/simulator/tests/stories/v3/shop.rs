//! A merchant who speaks API v3. It signs with `ring`, verifies every answer, and opens what is sealed.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey};
use serde_json::{Value, json};
use simulator::gateway::{
    Delivery, Gateway, Merchant, MerchantKeys, Mode, Paid, Receipt, RequestV3, Switches, Transmission,
};

use crate::shop::{APPID, KEY, MCH_ID, NOON_MS};

pub(super) const KEY_V3: &str = "TESTONLYapiv3key0123456789abcdHK";
pub(super) const NOTIFY_URL: &str = "https://pay.example.com/wechat/v3/notify";

pub(super) struct Shop {
    pub(super) gateway: Gateway,
    pub(super) now_ms: i64,
    pub(super) keys: MerchantKeys,
    /// Headers that every call has besides its signature.
    pub(super) headers: Vec<(String, String)>,
    calls: u32,
}

#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: Vec<u8>,
    pub(super) transmission: Transmission,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    pub(super) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    pub(super) fn serial(&self) -> &str {
        self.headers.get("Wechatpay-Serial").map_or("", String::as_str)
    }

    /// The last part of `Request-ID`.
    pub(super) fn number(&self) -> &str {
        self.headers["Request-ID"].rsplit('-').next().unwrap()
    }
}

/// A merchant of the global edition, set up for API v3.
pub(super) fn merchant() -> Merchant {
    let mut merchant = Merchant::new(APPID, MCH_ID, KEY).unwrap();
    merchant.set_v3(KEY_V3, None).unwrap();
    merchant
}

impl Shop {
    pub(super) fn new() -> Shop {
        Shop::with("{}")
    }

    pub(super) fn with(switches: &str) -> Shop {
        Shop::of(merchant(), switches)
    }

    /// A merchant of the mainland.
    pub(super) fn mainland(switches: &str) -> Shop {
        let mut merchant = merchant();
        "CNY".clone_into(&mut merchant.fee_type);
        Shop::of(merchant, switches)
    }

    /// An institution, or in the mainland a service provider, with one merchant.
    pub(super) fn institution(currency: &str) -> Shop {
        let mut merchant = merchant();
        currency.clone_into(&mut merchant.fee_type);
        merchant.mode = Mode::Institution { sub_mch_ids: vec!["1635004477".to_owned()] };
        Shop::of(merchant, "{}")
    }

    pub(super) fn of(merchant: Merchant, switches: &str) -> Shop {
        let switches: Switches = serde_json::from_str(switches).unwrap();
        let mut gateway = Gateway::new(vec![merchant], switches, 1);
        let keys = gateway.keys_v3(NOON_MS).remove(0);
        Shop { gateway, now_ms: NOON_MS, keys, headers: usual_headers(), calls: 0 }
    }

    pub(super) fn switch(&mut self, switches: &str) {
        self.gateway.switch(serde_json::from_str(switches).unwrap());
    }

    pub(super) fn fault(&mut self, name: &str) {
        self.switch(&format!(r#"{{"faults":[{{"name":"{name}","times":1}}]}}"#));
    }

    /// The header `Authorization` over a text that `spoil` may change.
    pub(super) fn authorization(
        &mut self,
        text: (&str, &str, &str),
        spoil: &dyn Fn(String) -> String,
    ) -> String {
        let (method, target, body) = text;
        self.calls += 1;
        let (timestamp, nonce) = (self.now_ms / 1000, format!("STORY{:027}", self.calls));
        let text = spoil(format!("{method}\n{target}\n{timestamp}\n{nonce}\n{body}\n"));
        let signature = sign(self.keys.private_key.as_deref().unwrap(), text.as_bytes());
        format!(
            "WECHATPAY2-SHA256-RSA2048 mchid=\"{}\",nonce_str=\"{nonce}\",signature=\"{signature}\",timestamp=\"{timestamp}\",serial_no=\"{}\"",
            self.keys.mchid, self.keys.serial
        )
    }

    pub(super) fn send(
        &mut self,
        method: &str,
        target: &str,
        body: &str,
        authorization: Option<String>,
    ) -> Answer {
        let mut headers = self.headers.clone();
        if !body.is_empty() && !headers.iter().any(|(name, _)| name == "Content-Type") {
            headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
        }
        headers.extend(authorization.map(|value| ("Authorization".to_owned(), value)));
        let origin = "http://127.0.0.1:8788";
        let request = RequestV3 { method, target, headers: &headers, body: body.as_bytes(), origin };
        let reply = self.gateway.call_v3(self.now_ms, &request);
        Answer {
            status: reply.status,
            headers: reply.headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            body: reply.body,
            transmission: reply.transmission,
        }
    }

    pub(super) fn raw(&mut self, method: &str, target: &str, body: &str) -> Answer {
        let authorization = self.authorization((method, target, body), &|text| text);
        self.send(method, target, body, Some(authorization))
    }

    /// A call whose answer must be rightly signed.
    pub(super) fn call(&mut self, method: &str, target: &str, body: &Value) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = self.raw(method, target, &body);
        assert!(self.is_signed(&answer.headers, &answer.body), "{answer:?}");
        answer
    }

    pub(super) fn get(&mut self, target: &str) -> Answer {
        self.call("GET", target, &Value::Null)
    }

    /// The platform's keys by serial number: the downloaded certificates, and the public key.
    pub(super) fn platform_keys(&mut self) -> BTreeMap<String, Vec<u8>> {
        let path = if self.is_mainland() { "/v3/certificates" } else { "/v3/global/certificates" };
        // The faults are for the call under test.
        let switches = self.gateway.switches();
        let quiet = Switches { faults: Vec::new(), ..switches.clone() };
        self.gateway.switch(quiet);
        let headers = std::mem::replace(&mut self.headers, usual_headers());
        let list = self.raw("GET", path, "");
        self.headers = headers;
        self.gateway.switch(switches);
        let of_list = list.json()["data"].as_array().cloned().unwrap_or_default();
        let mut keys: BTreeMap<String, Vec<u8>> = of_list
            .iter()
            .map(|one| {
                let pem = open(KEY_V3, &one["encrypt_certificate"]).unwrap();
                (one["serial_no"].as_str().unwrap().to_owned(), rsa_key(&pem))
            })
            .collect();
        keys.insert(self.keys.public_key_id.clone(), rsa_key(&self.keys.public_key));
        keys
    }

    fn is_mainland(&self) -> bool {
        self.gateway.merchants()[0].fee_type == "CNY"
    }

    pub(super) fn is_signed(&mut self, headers: &BTreeMap<String, String>, body: &[u8]) -> bool {
        let keys = self.platform_keys();
        let header = |name: &str| headers.get(&format!("Wechatpay-{name}")).map(String::as_str);
        let (Some(timestamp), Some(nonce), Some(serial), Some(signature), Some(kind)) = (
            header("Timestamp"),
            header("Nonce"),
            header("Serial"),
            header("Signature"),
            header("Signature-Type"),
        ) else {
            return false;
        };
        let (Some(key), Ok(signature)) = (keys.get(serial), STANDARD.decode(signature)) else { return false };
        let age_s = self.now_ms / 1000 - timestamp.parse::<i64>().unwrap();
        let text = [format!("{timestamp}\n{nonce}\n").as_bytes(), body, b"\n"].concat();
        age_s.abs() < 300
            && kind == "WECHATPAY2-SHA256-RSA2048"
            && UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key).verify(&text, &signature).is_ok()
    }

    pub(super) fn terms(number: &str) -> Value {
        json!({
            "mchid": MCH_ID, "appid": APPID, "description": "Example Tea House - 茶葉", "out_trade_no": number,
            "trade_type": "NATIVE", "merchant_category_code": "5499", "notify_url": NOTIFY_URL,
            "amount": { "total": 8800, "currency": "HKD" },
        })
    }

    pub(super) fn native(&mut self, body: &Value) -> Answer {
        self.call("POST", "/v3/global/transactions/native", body)
    }

    /// Places an order and returns its code.
    pub(super) fn order(&mut self, number: &str) -> String {
        let answer = self.native(&Shop::terms(number));
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["code_url"].as_str().unwrap().to_owned()
    }

    pub(super) fn paid_order(&mut self, number: &str) -> Paid {
        let code = self.order(number);
        self.gateway.pay(self.now_ms, &code, "me").unwrap()
    }

    pub(super) fn query(&mut self, number: &str) -> Answer {
        self.get(&format!("/v3/global/transactions/out-trade-no/{number}?mchid={MCH_ID}"))
    }

    pub(super) fn close(&mut self, number: &str) -> Answer {
        let target = format!("/v3/global/transactions/out-trade-no/{number}/close");
        self.call("POST", &target, &json!({ "mchid": MCH_ID }))
    }

    pub(super) fn refund_terms(number: &str, refund: &str, minor: u64) -> Value {
        json!({
            "mchid": MCH_ID, "appid": APPID, "out_trade_no": number, "out_refund_no": refund,
            "notify_url": "https://pay.example.com/wechat/v3/refund-notify",
            "amount": { "refund": minor, "total": 8800, "currency": "HKD" },
        })
    }

    pub(super) fn refund(&mut self, number: &str, refund: &str, minor: u64) -> Answer {
        self.call("POST", "/v3/global/refunds", &Shop::refund_terms(number, refund, minor))
    }

    /// The deliveries that are due now. The shop replies with this status.
    pub(super) fn deliveries(&mut self, status: u16) -> Vec<Delivery> {
        let due = self.gateway.due(self.now_ms);
        for delivery in &due {
            let receipt = Receipt::Replied { status, body: Vec::new(), took_ms: 20 };
            self.gateway.delivered(self.now_ms, delivery.notification, &receipt);
        }
        due
    }

    pub(super) fn is_signed_delivery(&mut self, delivery: &Delivery) -> bool {
        let headers =
            delivery.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        self.is_signed(&headers, delivery.body.as_bytes())
    }
}

fn usual_headers() -> Vec<(String, String)> {
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    vec![header("Accept", "application/json"), header("User-Agent", "a story")]
}

/// The content of a notification, if it opens with this key.
pub(super) fn inside(key: &str, body: &str) -> Option<Value> {
    let body: Value = serde_json::from_str(body).ok()?;
    serde_json::from_str(&open(key, &body["resource"])?).ok()
}

pub(super) fn open(key: &str, sealed: &Value) -> Option<String> {
    let text = |name: &str| sealed[name].as_str().unwrap_or_default();
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.as_bytes()).unwrap());
    let nonce = Nonce::try_assume_unique_for_key(text("nonce").as_bytes()).ok()?;
    let mut bytes = STANDARD.decode(text("ciphertext")).ok()?;
    let opened = key.open_in_place(nonce, Aad::from(text("associated_data").as_bytes()), &mut bytes).ok()?;
    String::from_utf8(opened.to_vec()).ok()
}

pub(super) fn sign(pem: &str, text: &[u8]) -> String {
    let key = RsaKeyPair::from_pkcs8(&der(pem)).unwrap();
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text, &mut signature).unwrap();
    STANDARD.encode(signature)
}

fn der(pem: &str) -> Vec<u8> {
    STANDARD.decode(pem.lines().filter(|line| !line.starts_with("-----")).collect::<String>()).unwrap()
}

/// The RSA key of 2048 bits within a certificate or a public key: it begins as all of them do.
fn rsa_key(pem: &str) -> Vec<u8> {
    let der = der(pem);
    let start = der.windows(8).position(|bytes| bytes == [0x30, 0x82, 1, 0x0A, 2, 0x82, 1, 1]).unwrap();
    der[start..start + 270].to_vec()
}
