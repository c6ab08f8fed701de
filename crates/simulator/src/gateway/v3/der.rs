//! The little of DER that is needed: the serial number and the public key of a certificate, and the public
//! key of a `PUBLIC KEY` file.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xA0;

/// The bytes of the first block of a PEM text.
pub(super) fn of_pem(pem: &str) -> Option<Vec<u8>> {
    let mut lines = pem.lines().map(str::trim).skip_while(|line| !line.starts_with("-----BEGIN "));
    lines.next()?;
    let body: String = lines.take_while(|line| !line.starts_with("-----END ")).collect();
    STANDARD.decode(body).ok().filter(|bytes| !bytes.is_empty())
}

/// What is wanted of a certificate.
pub(super) struct Certificate {
    /// Upper-case hexadecimal digits.
    pub(super) serial: String,
    /// PKCS#1 in DER.
    pub(super) public_key: Vec<u8>,
}

/// Reads a certificate: serial number and RSA key.
pub(super) fn certificate(der: &[u8]) -> Option<Certificate> {
    let mut outer = Reader(Reader(der).take(SEQUENCE)?);
    let mut inner = Reader(outer.take(SEQUENCE)?);
    inner.skip_if(VERSION);
    let serial = inner.take(INTEGER)?;
    let serial = serial.strip_prefix(&[0]).filter(|rest| !rest.is_empty()).unwrap_or(serial);
    // Algorithm, issuer, validity, subject.
    for _ in 0..4 {
        inner.take(SEQUENCE)?;
    }
    Some(Certificate {
        serial: serial.iter().map(|byte| format!("{byte:02X}")).collect(),
        public_key: rsa_key(inner.take(SEQUENCE)?)?,
    })
}

/// The inside of a `SubjectPublicKeyInfo`, down to its RSA key.
fn rsa_key(info: &[u8]) -> Option<Vec<u8>> {
    let mut info = Reader(info);
    info.take(SEQUENCE)?;
    let bits = info.take(BIT_STRING)?;
    bits.strip_prefix(&[0]).map(<[u8]>::to_vec)
}

/// Wraps the RSA key of a PKCS#1 DER into the PEM that WeChat Pay calls `pub_key.pem`.
pub(super) fn public_key_pem(pkcs1: &[u8]) -> String {
    const RSA: [u8; 15] = [0x30, 13, 6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 1, 5, 0];
    let bits = [&[0_u8], pkcs1].concat();
    let whole = wrapped(SEQUENCE, &[RSA.as_slice(), &wrapped(BIT_STRING, &bits)].concat());
    let text = STANDARD.encode(whole);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
}

fn wrapped(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let head = match length {
        ..=0x7F => vec![tag, length as u8],
        0x80..=0xFF => vec![tag, 0x81, length as u8],
        _ => vec![tag, 0x82, (length >> 8) as u8, length as u8],
    };
    [head.as_slice(), content].concat()
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// The content of the next element, which must have this tag.
    fn take(&mut self, tag: u8) -> Option<&'a [u8]> {
        let (&found, rest) = self.0.split_first()?;
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            ..=0x7F => (usize::from(first), rest),
            0x81 | 0x82 => {
                let (digits, rest) = rest.split_at_checked(usize::from(first & 0x0F))?;
                (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
            }
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        if found != tag {
            return None;
        }
        self.0 = rest;
        Some(content)
    }

    fn skip_if(&mut self, tag: u8) {
        if self.0.first() == Some(&tag) {
            self.take(tag);
        }
    }
}
