//! The list of platform certificates, each sealed with the merchant's APIv3 key.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::Gateway;
use super::super::china_time::ChinaTime;
use super::super::fault::FaultName;
use super::super::merchant::Merchant;
use super::super::switches::PlatformKey;
use super::problem::Problem;
use super::seal::{ALGORITHM, NONCE_CHARS, seal};

impl Gateway {
    pub(super) fn certificates_v3(
        &mut self,
        now_ms: i64,
        merchant: &Merchant,
        query: &BTreeMap<String, String>,
    ) -> Result<Value, Problem> {
        match query.get("algorithm_type").map(String::as_str) {
            None | Some("RSA" | "ALL") => {}
            Some("SM2") => {
                return Err(Problem::no_resource(
                    "无可用的平台证书，请在商户平台-API安全申请使用微信支付公钥",
                ));
            }
            Some(_) => return Err(Problem::parameter("query", "/algorithm_type", "not RSA, SM2 or ALL")),
        }
        let account =
            merchant.v3.as_ref().filter(|_| self.switches.v3_platform_key != PlatformKey::PublicKey);
        let account = account.ok_or_else(|| {
            Problem::no_resource("无可用的平台证书，请在商户平台-API安全申请使用微信支付公钥")
        })?;
        let with_expired = self.switches.faults.iter().any(|fault| {
            matches!(fault.name, FaultName::ExpiredCertificate | FaultName::NotificationExpiredCertificate)
        });
        let listed: Vec<(String, String, i64, i64)> = self
            .keyring(now_ms)
            .listed(with_expired)
            .map(|one| (one.serial.clone(), one.pem().to_owned(), one.effective_ms, one.expire_ms))
            .collect();
        let data = listed.into_iter().map(|(serial, pem, effective_ms, expire_ms)| {
            let nonce = self.ids.nonce_of(NONCE_CHARS);
            json!({
                "serial_no": serial,
                "effective_time": ChinaTime::at(effective_ms).rfc3339(),
                "expire_time": ChinaTime::at(expire_ms).rfc3339(),
                "encrypt_certificate": {
                    "algorithm": ALGORITHM,
                    "ciphertext": seal(&account.key, &nonce, "certificate", &pem),
                    "nonce": nonce,
                    "associated_data": "certificate",
                },
            })
        });
        Ok(json!({ "data": data.collect::<Vec<_>>() }))
    }
}
