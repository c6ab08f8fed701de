//! AES-256-GCM with a nonce of any length, which `ring` refuses. WeChat Pay's nonces have twelve bytes. A
//! receiver that does not look at the length opens this all the same, and a careful one refuses it.

use aes::Aes256;
use aes::cipher::{BlockCipherEncrypt, KeyInit};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

type Block = [u8; 16];

/// The text under the key, with its tag, in base64.
pub(super) fn seal(key: &[u8; 32], nonce: &[u8], associated_data: &[u8], text: &[u8]) -> String {
    // This cannot fail: the key has the length of this cipher.
    let Ok(cipher) = Aes256::new_from_slice(key) else { return String::new() };
    let encrypted = |block: Block| {
        let mut block = block.into();
        cipher.encrypt_block(&mut block);
        Block::from(block)
    };
    let hash_key = u128::from_be_bytes(encrypted([0; 16]));
    let first = match <[u8; 12]>::try_from(nonce) {
        Ok(twelve) => u128::from_be_bytes([0; 16]) | u128::from_be_bytes(joined(&twelve)) | 1,
        Err(_) => hashed(hash_key, &[], nonce),
    };
    let mut sealed = text.to_vec();
    for (n, chunk) in sealed.chunks_mut(16).enumerate() {
        let count = (first as u32).wrapping_add(n as u32).wrapping_add(1);
        let stream = encrypted(((first >> 32 << 32) | u128::from(count)).to_be_bytes());
        chunk.iter_mut().zip(stream).for_each(|(byte, with)| *byte ^= with);
    }
    let tag =
        hashed(hash_key, associated_data, &sealed) ^ u128::from_be_bytes(encrypted(first.to_be_bytes()));
    sealed.extend(tag.to_be_bytes());
    STANDARD.encode(sealed)
}

/// Twelve bytes at the beginning of a block.
fn joined(twelve: &[u8; 12]) -> Block {
    let mut block = [0; 16];
    block.iter_mut().zip(twelve).for_each(|(to, from)| *to = *from);
    block
}

/// GHASH over both texts, each filled up to whole blocks, and their lengths.
fn hashed(key: u128, associated_data: &[u8], text: &[u8]) -> u128 {
    let blocks = associated_data.chunks(16).chain(text.chunks(16)).map(|chunk| {
        let mut block = [0; 16];
        block.iter_mut().zip(chunk).for_each(|(to, from)| *to = *from);
        u128::from_be_bytes(block)
    });
    let bits = |bytes: &[u8]| bytes.len() as u128 * 8;
    let lengths = bits(associated_data) << 64 | bits(text);
    blocks.chain([lengths]).fold(0, |sum, block| multiplied(sum ^ block, key))
}

/// The product in the field of GCM, where the first bit counts least.
fn multiplied(left: u128, right: u128) -> u128 {
    const POLYNOMIAL: u128 = 0xE1 << 120;
    let (mut product, mut shifted) = (0, right);
    for n in 0..128 {
        if left >> (127 - n) & 1 == 1 {
            product ^= shifted;
        }
        shifted = if shifted & 1 == 1 { shifted >> 1 ^ POLYNOMIAL } else { shifted >> 1 };
    }
    product
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_twelve_bytes_it_seals_as_ring_does() {
        let key = b"0123456789abcdef0123456789abcdef";
        for text in ["", "short", "exactly sixteen!", "longer than one block of sixteen bytes"] {
            let ours = seal(key, b"abcdefghijkl", b"transaction", text.as_bytes());
            assert_eq!(ours, super::super::seal::seal(key, "abcdefghijkl", "transaction", text));
        }
    }

    #[test]
    fn with_sixteen_bytes_it_seals_as_the_published_vector_does() {
        // The protocol reference, section 9.7: `hello`, of the package wechatpay-axios-plugin.
        let sealed = seal(b"0123456789abcdef0123456789abcdef", b"0123456789abcdef", b"world", b"hello");
        assert_eq!(sealed, "APoZlYpivU3HjbAiB4CvW1rAFr8J");
    }
}
