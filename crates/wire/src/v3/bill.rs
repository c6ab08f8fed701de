//! Bills (protocol §9.9). What is written here is how they are asked for, and how their text is proven; the
//! text itself is a bill as in API v2, which [`v2::bill`](crate::v2::bill) reads.
//!
//! * Global: one signed answer. Its signature covers the hash in a header, and the hash covers the text:
//!   [`Statement`]. A text that comes in pieces is proven by [`Statement::signed_text`] and its hash.
//! * Mainland: a signed answer with a link and a hash ([`BillLinkQuery`]), then the file behind the link
//!   ([`BillFile`]), whose answer nobody signs.

use sha1::{Digest as _, Sha1};
use thiserror::Error;

use crate::v2::bill::MAX_BILL_BYTES;
use crate::v2::{Malformed, WxDate};
use crate::v3::call::read_object;
use crate::v3::claim::{self, Check, Verdict};
use crate::v3::draft::Parts;
use crate::v3::headers::{self, HeaderError};
use crate::v3::json::JsonFields;
use crate::v3::target::Target;
use crate::v3::{
    Account, Call, CallError, CallName, Draft, Edition, GenuineAnswer, KeyRing, NotGenuine, Reply, WriteError,
};
use crate::{MchId, Nonce};

/// The SHA-1 of a bill's text, as a signed message states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BillHash([u8; 20]);

/// Compares a text that comes in pieces with its hash.
pub struct BillHasher {
    expected: BillHash,
    sha1: Sha1,
}

impl BillHash {
    /// Reads 40 hexadecimal digits.
    fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 20];
        let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
        if pairs.len() != bytes.len() {
            return None;
        }
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            let digit = |digit: u8| char::from(digit).to_digit(16);
            *byte = u8::try_from((digit(*high)? << 4) | digit(*low)?).ok()?;
        }
        Some(Self(bytes))
    }

    /// Begins to compare a text: the plain one, after unpacking.
    #[must_use]
    pub fn hasher(self) -> BillHasher {
        BillHasher { expected: self, sha1: Sha1::new() }
    }

    /// Compares a whole text.
    ///
    /// # Errors
    /// [`NotGenuine::Hash`].
    pub fn check(self, text: &[u8]) -> Result<(), NotGenuine> {
        let mut hasher = self.hasher();
        hasher.update(text);
        hasher.finish()
    }
}

impl BillHasher {
    /// Takes the next piece.
    pub fn update(&mut self, piece: &[u8]) {
        self.sha1.update(piece);
    }

    /// Whether the pieces together are the text that was signed.
    ///
    /// # Errors
    /// [`NotGenuine::Hash`].
    pub fn finish(self) -> Result<(), NotGenuine> {
        if self.sha1.finalize()[..] == self.expected.0 { Ok(()) } else { Err(NotGenuine::Hash) }
    }
}

/// Asks for the bill of a UTC+8 day (global). It is ready after 10:00 UTC+8 of the next day.
///
/// Read a whole answer with [`Statement::claim`]. For a text that comes in pieces, put
/// [`Statement::signed_text`] in the place of the answer's body: [`Reply::claim`] and
/// [`answer`](crate::v3::answer) then give the hash that the text must have. A refusal is an ordinary answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The day.
    pub date: WxDate,
}

/// A statement that waits for the verdict of the cryptography.
#[derive(Clone, Debug)]
pub struct StatementClaim<'a> {
    check: Check,
    hash: BillHash,
    body: &'a [u8],
}

/// A bill's text whose hash WeChat Pay signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GenuineBill<'a>(&'a [u8]);

impl<'a> GenuineBill<'a> {
    /// The text, for [`Bill::parse`](crate::v2::bill::Bill::parse).
    #[must_use]
    pub const fn text(&self) -> &'a [u8] {
        self.0
    }
}

/// The header with the hash.
const STATEMENT_SHA1: &str = "Wechatpay-Statement-Sha1";

impl Statement {
    /// Checks what needs no cryptography in the answer with a bill. The text to verify is the hash of the
    /// header, as JSON; the body has its own bound.
    ///
    /// # Errors
    /// [`NotGenuine`]: size, headers, window or key.
    pub fn claim<'a>(
        reply: &Reply<'a>,
        now_seconds: i64,
        ring: &KeyRing,
    ) -> Result<StatementClaim<'a>, NotGenuine> {
        let signed = claim::fresh(reply.headers, reply.body, MAX_BILL_BYTES, now_seconds)?;
        let (text, hash) = statement_hash(reply.headers)?;
        let key = claim::key_of(&signed, ring, now_seconds)?;
        let check = Check::new(&signed, key, signed_hash(text).as_bytes())?;
        Ok(StatementClaim { check, hash, body: reply.body })
    }

    /// What WeChat Pay signs of an answer with a bill: the hash in its header, as JSON.
    ///
    /// # Errors
    /// [`NotGenuine::Headers`] if there is no hash, or none of its form.
    pub fn signed_text(headers: &[(&str, &str)]) -> Result<String, NotGenuine> {
        Ok(signed_hash(statement_hash(headers)?.0))
    }
}

/// The hash in the header, as it is written and as it is read.
fn statement_hash<'h>(headers: &[(&str, &'h str)]) -> Result<(&'h str, BillHash), HeaderError> {
    let text =
        headers::optional(headers, STATEMENT_SHA1)?.ok_or(HeaderError::Missing { name: STATEMENT_SHA1 })?;
    Ok((text, BillHash::parse(text).ok_or(HeaderError::Form { name: STATEMENT_SHA1 })?))
}

fn signed_hash(text: &str) -> String {
    ["{\"sha1\":\"", text, "\"}"].concat()
}

/// A hash among the members of an answer.
pub(super) fn hash_in(fields: &JsonFields<'_, '_>, name: &'static str) -> Result<BillHash, Malformed> {
    BillHash::parse(fields.required(name)?).ok_or_else(|| Malformed::invalid(name))
}

impl<'a> StatementClaim<'a> {
    /// What is to be verified.
    #[must_use]
    pub const fn check(&self) -> &Check {
        &self.check
    }

    /// The bill, if the signature is valid and the text has the signed hash.
    ///
    /// # Errors
    /// [`NotGenuine::Signature`] or [`NotGenuine::Hash`].
    pub fn judge(self, verdict: Verdict) -> Result<GenuineBill<'a>, NotGenuine> {
        claim::pass(verdict)?;
        self.hash.check(self.body)?;
        Ok(GenuineBill(self.body))
    }
}

impl Call for Statement {
    const NAME: CallName = CallName::Statement;
    /// The hash that the text must have.
    type Answer = BillHash;

    fn parts(&self, account: &Account) -> Result<Parts, WriteError> {
        only_in(Edition::Global, account, "statement", "ask for the link of a bill (BillLinkQuery)")?;
        let target = Target::of("/v3/global/statements").query("date", &self.date.to_string());
        Ok(Parts::get(target.merchant(account).finish()))
    }

    fn read(&self, answer: &GenuineAnswer<'_>, _: &Account) -> Result<BillHash, CallError> {
        read_object(answer, |fields| Ok(hash_in(&fields, "sha1")?))
    }
}

/// Asks for the link of a bill (mainland).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BillLinkQuery {
    /// The day.
    pub date: WxDate,
    /// Which bill.
    pub kind: BillKind,
    /// Whether to ask for a gzip file.
    pub packed: bool,
}

/// Which bill of the mainland edition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BillKind {
    /// Payments and refunds.
    All,
    /// Payments.
    Success,
    /// Refunds.
    Refund,
    /// What came and went on the basic account.
    BasicFunds,
    /// What came and went on the operating account.
    OperationFunds,
    /// What came and went on the account of fees.
    FeesFunds,
}

/// Where the file is, and its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillLink {
    download_url: Box<str>,
    hash: BillHash,
}

impl Call for BillLinkQuery {
    const NAME: CallName = CallName::BillLink;
    type Answer = BillLink;

    fn parts(&self, account: &Account) -> Result<Parts, WriteError> {
        only_in(Edition::Mainland, account, "link of a bill", "ask for the statement (Statement)")?;
        let (path, name, kind) = match self.kind {
            BillKind::All => (TRADE_BILL, "bill_type", "ALL"),
            BillKind::Success => (TRADE_BILL, "bill_type", "SUCCESS"),
            BillKind::Refund => (TRADE_BILL, "bill_type", "REFUND"),
            BillKind::BasicFunds => (FUND_FLOW_BILL, "account_type", "BASIC"),
            BillKind::OperationFunds => (FUND_FLOW_BILL, "account_type", "OPERATION"),
            BillKind::FeesFunds => (FUND_FLOW_BILL, "account_type", "FEES"),
        };
        let sub = account.merchant.sub_mch_id.as_ref().filter(|_| path == TRADE_BILL);
        let target = Target::of(path)
            .query("bill_date", &dashed(self.date))
            .query_some("sub_mchid", sub.map(MchId::as_str))
            .query(name, kind)
            .query_some("tar_type", self.packed.then_some("GZIP"));
        Ok(Parts::get(target.finish()))
    }

    fn read(&self, answer: &GenuineAnswer<'_>, _: &Account) -> Result<BillLink, CallError> {
        read_object(answer, |fields| Ok(BillLink::read(&fields)?))
    }
}

const TRADE_BILL: &str = "/v3/bill/tradebill";
const FUND_FLOW_BILL: &str = "/v3/bill/fundflowbill";

/// `yyyy-MM-dd`.
fn dashed(date: WxDate) -> String {
    let text = date.to_string();
    let part = |range| text.get(range).unwrap_or_default();
    [part(0..4), "-", part(4..6), "-", part(6..8)].concat()
}

fn only_in(
    edition: Edition,
    account: &Account,
    call: &'static str,
    instead: &'static str,
) -> Result<(), WriteError> {
    if account.edition == edition {
        Ok(())
    } else {
        Err(WriteError::NotInThisEdition { call, edition: account.edition.as_str(), instead })
    }
}

/// A link that our signature must not be sent to, or cannot be sent to as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum LinkError {
    /// Another host than the gateway's own.
    #[error("the bill's link leads to a host that is not among the gateway's")]
    Host,
    /// Another path than that of bills.
    #[error("the bill's link does not lead to {BILL_FILE}")]
    Path,
    /// A character that a URL parser might change, so that what is sent would not be what is signed.
    #[error("the bill's link holds a character that cannot be sent as it is")]
    Character,
}

const BILL_FILE: &str = "/v3/billdownload/file";
/// The longest link. The table says 2,048 characters.
const MAX_LINK_BYTES: usize = 2_048;

/// The file behind a link. The link is good for some minutes (an older page says 30 seconds): fetch it at
/// once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillFile {
    host: Box<str>,
    target: Box<str>,
    hash: BillHash,
}

impl BillLink {
    /// The members of an answer.
    pub(super) fn read(fields: &JsonFields<'_, '_>) -> Result<Self, Malformed> {
        if fields.required("hash_type")? != "SHA1" {
            return Err(fields.invalid("hash_type"));
        }
        let hash = hash_in(fields, "hash_value")?;
        Ok(Self { download_url: fields.required("download_url")?.into(), hash })
    }

    /// The file, if the link leads to one of these hosts (`https://…`, without a path). Our signature goes
    /// there, so pass the deployment's own list, for instance [`Edition::hosts`].
    ///
    /// # Errors
    /// [`LinkError`].
    pub fn file(&self, hosts: &[&str]) -> Result<BillFile, LinkError> {
        let split = |host: &&str| self.download_url.strip_prefix(host).filter(|rest| rest.starts_with('/'));
        let (host, target) =
            hosts.iter().find_map(|host| Some((*host, split(host)?))).ok_or(LinkError::Host)?;
        let query = target.strip_prefix(BILL_FILE).ok_or(LinkError::Path)?;
        if !query.starts_with('?') {
            return Err(LinkError::Path);
        }
        if target.len() > MAX_LINK_BYTES || !query.bytes().all(stays_as_it_is) {
            return Err(LinkError::Character);
        }
        Ok(BillFile { host: host.into(), target: target.into(), hash: self.hash })
    }
}

/// Whether every URL parser leaves the byte as it is in a query.
fn stays_as_it_is(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'?' | b'=' | b'&' | b'%' | b'-' | b'_' | b'.' | b'~' | b'+' | b'/' | b':' | b'*' | b'@'
        )
}

impl BillFile {
    /// The host of the link.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The request: path and query are signed as the link gave them.
    #[must_use]
    pub fn draft(&self, account: &Account, now_seconds: i64, nonce: &Nonce) -> Draft {
        let parts = Parts { answer_is_signed: false, ..Parts::get(self.target.to_string()) };
        Draft::new(CallName::BillFile, parts, account, now_seconds, nonce)
    }

    /// The hash of its text, for a text that comes in pieces.
    #[must_use]
    pub const fn hash(&self) -> BillHash {
        self.hash
    }

    /// The text, if it is the one whose hash was signed.
    ///
    /// # Errors
    /// [`NotGenuine::Hash`], also for a page that came in place of the file.
    pub fn read<'a>(&self, text: &'a [u8]) -> Result<GenuineBill<'a>, NotGenuine> {
        self.hash.check(text)?;
        Ok(GenuineBill(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(url: &str) -> Result<BillFile, LinkError> {
        let link = BillLink { download_url: url.into(), hash: BillHash([0; 20]) };
        link.file(Edition::Mainland.hosts())
    }

    #[test]
    fn a_hash_is_forty_hexadecimal_digits() {
        // SHA-1 of the empty text.
        let empty = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
        let hash = BillHash::parse(empty).unwrap();
        assert_eq!(BillHash::parse(&empty.to_uppercase()), Some(hash));
        assert_eq!((hash.check(b""), hash.check(b" ")), (Ok(()), Err(NotGenuine::Hash)));
        let mut hasher = BillHash::parse("a9993e364706816aba3e25717850c26c9cd0d89d").unwrap().hasher();
        hasher.update(b"a");
        hasher.update(b"bc");
        assert_eq!(hasher.finish(), Ok(()));
        for bad in
            ["", "da39", &format!("{empty}00"), &format!("{}g", &empty[1..]), &empty.replace("da", "+a")]
        {
            assert_eq!(BillHash::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_link_leads_to_a_bill_on_the_gateways_own_host_and_is_kept_as_it_is() {
        let file =
            link("https://api.mch.weixin.qq.com/v3/billdownload/file?token=aB3-_x%2Fy%3D%3D&tartype=gzip");
        let file = file.unwrap();
        assert_eq!(file.host(), "https://api.mch.weixin.qq.com");
        assert_eq!(&*file.target, "/v3/billdownload/file?token=aB3-_x%2Fy%3D%3D&tartype=gzip");
        for (bad, error) in [
            ("http://api.mch.weixin.qq.com/v3/billdownload/file?t=1", LinkError::Host),
            ("https://api.mch.weixin.qq.com.example.com/v3/billdownload/file?t=1", LinkError::Host),
            ("https://api.mch.weixin.qq.com@example.com/v3/billdownload/file?t=1", LinkError::Host),
            ("https://api.mch.weixin.qq.com:8443/v3/billdownload/file?t=1", LinkError::Host),
            ("https://apihk.mch.weixin.qq.com/v3/billdownload/file?t=1", LinkError::Host),
            ("", LinkError::Host),
            ("https://api.mch.weixin.qq.com/v3/refund/domestic/refunds", LinkError::Path),
            ("https://api.mch.weixin.qq.com/v3/billdownload/file/../../x?t=1", LinkError::Path),
            ("https://api.mch.weixin.qq.com/v3/billdownload/file", LinkError::Path),
            ("https://api.mch.weixin.qq.com/v3/billdownload/file?t=a b", LinkError::Character),
            ("https://api.mch.weixin.qq.com/v3/billdownload/file?t=1#x", LinkError::Character),
            ("https://api.mch.weixin.qq.com/v3/billdownload/file?t=1\n", LinkError::Character),
            ("https://api.mch.weixin.qq.com/v3/billdownload/file?t='1'", LinkError::Character),
            ("https://api.mch.weixin.qq.com/v3/billdownload/file?t=茶", LinkError::Character),
        ] {
            assert_eq!(link(bad), Err(error), "{bad}");
        }
        let long = |length: usize| {
            let target = format!("{BILL_FILE}?");
            link(&format!("https://api.mch.weixin.qq.com{target}{}", "t".repeat(length - target.len())))
        };
        assert!(long(MAX_LINK_BYTES).is_ok());
        assert_eq!(long(MAX_LINK_BYTES + 1), Err(LinkError::Character));
    }

    #[test]
    fn a_day_is_written_with_dashes() {
        assert_eq!(dashed("20260301".parse().unwrap()), "2026-03-01");
    }
}
