//! The provider's public keys (RFC 7517, RFC 8037), and what a token says about the key that signed
//! it.
//!
//! Invariant: a key checks one algorithm, which follows from the key's type and not from the token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{
    ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde::Deserialize;

/// A provider has a few keys; more than this are ignored.
const KEYS_MAX: usize = 64;
/// No token is longer.
const TOKEN_BYTES_MAX: usize = 16 * 1_024;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
enum Algorithm {
    #[serde(rename = "RS256")]
    Rs256,
    #[serde(rename = "EdDSA")]
    EdDsa,
}

/// The header of a token.
#[derive(Debug, Deserialize)]
pub(super) struct Head {
    alg: Algorithm,
    kid: Option<String>,
    /// Extensions named here must be understood (RFC 7515, 4.1.11), and no extension is.
    crit: Option<serde_json::Value>,
}

impl Head {
    /// `None`: it is not a token, or not one that a provider may sign.
    pub(super) fn of(token: &str) -> Option<Self> {
        let (head, _) = token.split_once('.').filter(|_| token.len() <= TOKEN_BYTES_MAX)?;
        let head: Self = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(head).ok()?).ok()?;
        head.crit.is_none().then_some(head)
    }
}

enum Public {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    Ed25519(Vec<u8>),
}

struct Key {
    id: Option<String>,
    public: Public,
}

pub(super) struct KeySet(Vec<Key>);

#[derive(Deserialize)]
struct Document {
    keys: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    used_for: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
}

impl KeySet {
    /// Keys of other types are skipped, as RFC 7517, section 5, says. `None`: it is not a key set.
    pub(super) fn read(document: &[u8]) -> Option<Self> {
        let Document { keys } = serde_json::from_slice(document).ok()?;
        let read = |key| serde_json::from_value::<Jwk>(key).ok().and_then(Key::of);
        Some(Self(keys.into_iter().filter_map(read).take(KEYS_MAX).collect()))
    }

    pub(super) fn has(&self, head: &Head) -> bool {
        self.meant(head).next().is_some()
    }

    /// The body of a token that one of the keys has signed.
    pub(super) fn verified(&self, token: &str, head: &Head) -> Option<Vec<u8>> {
        let (message, signature) = token.rsplit_once('.')?;
        let (_, body) = message.split_once('.').filter(|(_, body)| !body.contains('.'))?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        self.meant(head)
            .any(|key| key.public.has_signed(message.as_bytes(), &signature))
            .then(|| URL_SAFE_NO_PAD.decode(body).ok())?
    }

    /// A token that names no key may be signed by any key.
    fn meant<'a>(&'a self, head: &'a Head) -> impl Iterator<Item = &'a Key> {
        self.0.iter().filter(|key| {
            key.public.algorithm() == head.alg && (head.kid.is_none() || key.id == head.kid)
        })
    }
}

impl Key {
    fn of(jwk: Jwk) -> Option<Self> {
        if jwk.used_for.is_some_and(|used_for| used_for != "sig") {
            return None;
        }
        let bytes = |text: Option<String>| URL_SAFE_NO_PAD.decode(text?).ok();
        let (public, alg) = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
            ("RSA", _) => (Public::Rsa { n: bytes(jwk.n)?, e: bytes(jwk.e)? }, "RS256"),
            ("OKP", Some("Ed25519")) => (Public::Ed25519(bytes(jwk.x)?), "EdDSA"),
            _ => return None,
        };
        if jwk.alg.is_some_and(|named| named != alg) {
            return None;
        }
        Some(Self { id: jwk.kid, public })
    }
}

impl Public {
    fn algorithm(&self) -> Algorithm {
        match self {
            Self::Rsa { .. } => Algorithm::Rs256,
            Self::Ed25519(_) => Algorithm::EdDsa,
        }
    }

    /// RSA keys below 2048 bits verify nothing.
    fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Rsa { n, e } => RsaPublicKeyComponents { n, e }
                .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
                .is_ok(),
            Self::Ed25519(key) => {
                UnparsedPublicKey::new(&ED25519, key).verify(message, signature).is_ok()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8037, appendix A.
    const TOKEN: &str = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLW\
         G1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    const X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

    fn keys(keys: serde_json::Value) -> KeySet {
        KeySet::read(serde_json::json!({ "keys": keys }).to_string().as_bytes()).unwrap()
    }

    #[test]
    fn the_example_of_the_rfc() {
        let head = Head::of(TOKEN).unwrap();
        let good = keys(serde_json::json!([{"kty": "OKP", "crv": "Ed25519", "x": X}]));
        let body = good.verified(TOKEN, &head);
        assert_eq!(body.as_deref(), Some(&b"Example of Ed25519 signing"[..]));
        let changed = TOKEN.replace("RXhh", "RXhi");
        assert_eq!(good.verified(&changed, &head), None);
    }

    #[test]
    fn a_key_is_for_its_own_use_and_algorithm() {
        let head = Head::of(TOKEN).unwrap();
        for other in [
            serde_json::json!({"kty": "OKP", "crv": "Ed25519", "x": X, "use": "enc"}),
            serde_json::json!({"kty": "OKP", "crv": "Ed25519", "x": X, "alg": "RS256"}),
            serde_json::json!({"kty": "OKP", "crv": "X25519", "x": X}),
            serde_json::json!({"kty": "oct", "k": X}),
            serde_json::json!({"kty": "RSA", "n": X, "e": "AQAB"}),
            serde_json::json!("no key"),
        ] {
            assert!(!keys(serde_json::json!([other])).has(&head), "{other}");
        }
        for alg in ["none", "HS256", "RS512", "eddsa"] {
            let head = URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"{alg}"}}"#));
            assert!(Head::of(&format!("{head}.x.y")).is_none(), "{alg}");
        }
        assert!(KeySet::read(b"[]").is_none() && KeySet::read(b"no json").is_none());
    }
}
