//! The one signature of our tokens: HMAC with SHA-256 (RFC 7518, section 3.2), computed by the same
//! library that serves TLS.
//!
//! `jsonwebtoken` leaves the cryptography to a provider. Its own providers bring many algorithms;
//! any but HS256 is refused here.

use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result};
use jsonwebtoken::signature::{Error, Signer, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use ring::hmac;

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: |algorithm, key: &EncodingKey| {
        Ok(Box::new(Hs256::new(*algorithm, key.as_bytes())?))
    },
    verifier_factory: |algorithm, key: &DecodingKey| {
        Ok(Box::new(Hs256::new(*algorithm, key.try_get_as_bytes()?)?))
    },
    // No code here reads a JWK.
    key_utils: KeyUtils::new_unimplemented(),
};

/// Makes this the provider that signs and checks tokens, once for the process.
pub(super) fn install() {
    // An error means that it is installed already: no other code in this program has a provider.
    let _ = PROVIDER.install_default();
}

struct Hs256(hmac::Key);

impl Hs256 {
    fn new(algorithm: Algorithm, secret: &[u8]) -> Result<Self> {
        match algorithm {
            Algorithm::HS256 => Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, secret))),
            _ => Err(ErrorKind::InvalidAlgorithm.into()),
        }
    }
}

impl Signer<Vec<u8>> for Hs256 {
    fn try_sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, Error> {
        Ok(hmac::sign(&self.0, message).as_ref().to_vec())
    }
}

impl Verifier<Vec<u8>> for Hs256 {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> std::result::Result<(), Error> {
        hmac::verify(&self.0, message, signature).map_err(|_| Error::new())
    }
}

impl JwtSigner for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl JwtVerifier for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7515, appendix A.1.
    const TOKEN: &str = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEz\
         MDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU\
         1p1r_wW1gFWFOEjXk";
    const KEY: &str = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjA\
         zZr1Z9CAow";

    #[test]
    fn the_example_of_the_rfc() {
        let (message, signature) = TOKEN.rsplit_once('.').unwrap();
        let key = EncodingKey::from_base64_secret(&format!(
            "{}==",
            KEY.replace('-', "+").replace('_', "/")
        ));
        install();
        let key = key.unwrap();
        let signed = jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::HS256);
        assert_eq!(signed.unwrap(), signature);
        assert!(jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::HS512).is_err());
    }
}
