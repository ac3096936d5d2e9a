//! Bytes that are sealed with a key derived from the server's secret, one key for each purpose, and
//! opened only for the thing for which they were sealed.
//!
//! Sealed bytes are the nonce, then the text with its tag.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

use super::digests;

pub(super) use ring::aead::NONCE_LEN;

pub(super) struct Seal(LessSafeKey);

impl Seal {
    pub(super) fn new(purpose: &str, secret: &str) -> Self {
        let Ok(key) = UnboundKey::new(&AES_256_GCM, &digests::key_for(purpose, secret)) else {
            unreachable!("the digest has as many bytes as the cipher's key")
        };
        Self(LessSafeKey::new(key))
    }

    /// `nonce`: drawn for this alone. `None`: a text of impossible length.
    pub(super) fn sealed(
        &self,
        of: &[u8],
        nonce: [u8; NONCE_LEN],
        mut plain: Vec<u8>,
    ) -> Option<Vec<u8>> {
        let by = Nonce::assume_unique_for_key(nonce);
        self.0.seal_in_place_append_tag(by, Aad::from(of), &mut plain).ok()?;
        Some([nonce.as_slice(), &plain].concat())
    }

    /// `None`: it was sealed with another secret, or for something else.
    pub(super) fn opened(&self, of: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, rest) = sealed.split_at_checked(NONCE_LEN)?;
        let by = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut rest = rest.to_vec();
        let length = self.0.open_in_place(by, Aad::from(of), &mut rest).ok()?.len();
        rest.truncate(length);
        Some(rest)
    }
}
