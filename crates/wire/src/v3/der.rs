//! DER, read strictly: definite lengths in their shortest form, tags of one byte, nothing left over.
//!
//! Only what certificates and RSA keys need. Every read takes a slice of the input, so nothing is copied and
//! no length can reach beyond it.

use thiserror::Error;

/// The bytes are not the DER that was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not DER: {what}")]
pub struct DerError {
    /// What is wrong.
    pub what: &'static str,
}

/// A fault.
pub(crate) const fn fault(what: &'static str) -> DerError {
    DerError { what }
}

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const NULL: u8 = 0x05;
pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const SEQUENCE: u8 = 0x30;

/// rsaEncryption, 1.2.840.113549.1.1.1.
const RSA_ENCRYPTION: [u8; 9] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01];

/// What is left to read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    pub(crate) const fn of(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The tag of the next element, if there is one.
    pub(crate) fn tag(&self) -> Option<u8> {
        self.0.first().copied()
    }

    /// The next element: its tag and its content. One copy of it: a certificate has some thirty elements, and
    /// nobody waits for their nanoseconds.
    #[inline(never)]
    pub(crate) fn any(&mut self) -> Result<(u8, &'a [u8]), DerError> {
        let (&tag, rest) = self.0.split_first().ok_or(fault("an element is missing"))?;
        if tag & 0x1F == 0x1F {
            return Err(fault("a tag of several bytes"));
        }
        let (length, rest) = length(rest)?;
        let (content, rest) = rest.split_at_checked(length).ok_or(fault("an element is cut off"))?;
        self.0 = rest;
        Ok((tag, content))
    }

    /// The content of the next element, which must have this tag.
    #[inline(never)]
    pub(crate) fn expect(&mut self, tag: u8) -> Result<&'a [u8], DerError> {
        let (found, content) = self.any()?;
        if found == tag { Ok(content) } else { Err(fault("an element of another kind")) }
    }

    /// The elements of the next element, a sequence.
    pub(crate) fn sequence(&mut self) -> Result<Self, DerError> {
        self.expect(SEQUENCE).map(Self)
    }

    /// The bytes of the next element, a positive integer, without a sign byte.
    #[inline(never)]
    pub(crate) fn positive(&mut self) -> Result<&'a [u8], DerError> {
        positive(self.expect(INTEGER)?)
    }

    /// The bytes of the next element, a string of whole bytes.
    pub(crate) fn bit_string(&mut self) -> Result<&'a [u8], DerError> {
        match self.expect(BIT_STRING)? {
            [0, bytes @ ..] => Ok(bytes),
            _ => Err(fault("a bit string with unused bits")),
        }
    }

    /// The next element must be the algorithm rsaEncryption, with its empty parameters.
    pub(crate) fn rsa_encryption(&mut self) -> Result<(), DerError> {
        let mut algorithm = self.sequence()?;
        if algorithm.expect(OBJECT_IDENTIFIER)? != RSA_ENCRYPTION {
            return Err(fault("the key is not an RSA key"));
        }
        if !algorithm.expect(NULL)?.is_empty() {
            return Err(fault("a NULL with content"));
        }
        algorithm.end()
    }

    /// Nothing may be left.
    pub(crate) const fn end(self) -> Result<(), DerError> {
        if self.0.is_empty() { Ok(()) } else { Err(fault("something is left over")) }
    }
}

/// A length in its shortest form.
fn length(bytes: &[u8]) -> Result<(usize, &[u8]), DerError> {
    match *bytes {
        [short @ 0..=0x7F, ref rest @ ..] => Ok((usize::from(short), rest)),
        [0x81, long @ 0x80..=0xFF, ref rest @ ..] => Ok((usize::from(long), rest)),
        [0x82, high @ 1..=0xFF, low, ref rest @ ..] => {
            Ok((usize::from(u16::from_be_bytes([high, low])), rest))
        }
        [] => Err(fault("a length is missing")),
        // 64 KiB is more than anything that is read here.
        _ => Err(fault("a length that is indefinite, too long or not in its shortest form")),
    }
}

/// A positive integer in its shortest form, without its sign byte.
fn positive(content: &[u8]) -> Result<&[u8], DerError> {
    match content {
        [1..=0x7F, ..] => Ok(content),
        [0, digits @ ..] if matches!(digits, [0x80..=0xFF, ..]) => Ok(digits),
        _ => Err(fault("an integer that is not positive or not in its shortest form")),
    }
}

/// How many bits a number without leading zeros has.
pub(crate) fn bits(number: &[u8]) -> usize {
    let first = number.first().map_or(0, |first| first.leading_zeros() as usize);
    number.len().saturating_mul(8).saturating_sub(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<(u8, &[u8]), DerError> {
        let mut der = Der::of(bytes);
        let read = der.any()?;
        der.end()?;
        Ok(read)
    }

    fn element(length: &[u8], content: usize) -> Vec<u8> {
        [&[4], length, &vec![7; content]].concat()
    }

    #[test]
    fn lengths_are_definite_and_in_their_shortest_form() {
        for (length, content) in [
            (&[0][..], 0),
            (&[0x7F], 127),
            (&[0x81, 0x80], 128),
            (&[0x81, 0xFF], 255),
            (&[0x82, 1, 0], 256),
            (&[0x82, 0xFF, 0xFF], 65_535),
        ] {
            let bytes = element(length, content);
            assert_eq!(read(&bytes).unwrap(), (4, &*vec![7; content]));
        }
        for (length, content) in [
            (&[][..], 0),
            (&[0x80], 0),
            (&[0x81, 0x7F], 127),
            (&[0x81], 0),
            (&[0x82, 0, 0xFF], 255),
            (&[0x82, 1], 0),
            (&[0x83, 1, 0, 0], 65_536),
            (&[0x84, 0, 0, 0, 1], 1),
            (&[2], 1),
            (&[1], 2),
        ] {
            assert!(read(&element(length, content)).is_err(), "{length:?}");
        }
        assert!(read(&[0x1F, 1, 1]).is_err(), "a tag of several bytes");
        assert!(read(&[]).is_err());
    }

    #[test]
    fn integers_are_positive_and_in_their_shortest_form() {
        for (content, digits) in [
            (&[1][..], &[1][..]),
            (&[0x7F], &[0x7F]),
            (&[0, 0x80], &[0x80]),
            (&[0, 0xFF], &[0xFF]),
            (&[1, 0], &[1, 0]),
        ] {
            assert_eq!(positive(content), Ok(digits));
        }
        for bad in [&[][..], &[0], &[0, 1], &[0, 0x7F], &[0x80], &[0xFF, 1], &[0, 0, 0x80]] {
            assert!(positive(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn bit_strings_are_whole_bytes() {
        assert_eq!(Der::of(&[3, 2, 0, 9]).bit_string(), Ok(&[9][..]));
        assert!(Der::of(&[3, 2, 1, 8]).bit_string().is_err());
        assert!(Der::of(&[3, 0]).bit_string().is_err());
        assert!(Der::of(&[4, 2, 0, 9]).bit_string().is_err());
    }

    #[test]
    fn the_algorithm_is_rsa_with_empty_parameters() {
        let algorithm = |oid: &[u8], rest: &[u8]| {
            let inside = [&[6, oid.len() as u8], oid, rest].concat();
            [&[0x30, inside.len() as u8], &*inside].concat()
        };
        assert_eq!(Der::of(&algorithm(&RSA_ENCRYPTION, &[5, 0])).rsa_encryption(), Ok(()));
        let mut other = RSA_ENCRYPTION;
        other[8] = 0x0A; // RSASSA-PSS
        for bad in [
            algorithm(&other, &[5, 0]),
            algorithm(&RSA_ENCRYPTION, &[]),
            algorithm(&RSA_ENCRYPTION, &[5, 1, 0]),
            algorithm(&RSA_ENCRYPTION, &[5, 0, 5, 0]),
        ] {
            assert!(Der::of(&bad).rsa_encryption().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn bits_do_not_count_leading_zeros() {
        assert_eq!([bits(&[]), bits(&[1]), bits(&[0x80]), bits(&[1, 0])], [0, 1, 8, 9]);
    }
}
