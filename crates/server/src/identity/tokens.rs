//! Bearer tokens: JWT, HS256, claims `sub email role iat exp jti` (contract.md, "Roles"), and
//! `gen`: how often all tokens of the account were ended before.
//!
//! Keys rotate: the newest signs, and the one before it is still accepted. A token names the key
//! with which it was signed (`kid`, RFC 7515, section 4.1.4); a token that names none is tried with
//! both, one that names another is refused.

use std::sync::Arc;

use domain::{Account, FamilyId, Role, TokenGeneration, TokenId, User, UserId};
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::digests::{self, Digest};
use super::hs256;
use crate::bounded::Bounded;

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    sub: Uuid,
    email: String,
    role: String,
    /// Seconds since 1970, as all of RFC 7519's times.
    iat: i64,
    exp: i64,
    /// Ours never have one.
    #[serde(skip_serializing)]
    nbf: Option<i64>,
    jti: Uuid,
    #[serde(default, rename = "gen", skip_serializing_if = "is_first")]
    generation: u32,
    /// The family of the login, if it has refresh tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sid: Option<Uuid>,
}

/// Most tokens are of the first generation, and leave it out.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_first(generation: &u32) -> bool {
    *generation == 0
}

/// Tokens whose signature was checked lately, at some hundred bytes each.
const TOKENS_KNOWN_MAX: usize = 4_096;

/// What a token with a good signature says: who the bearer is, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Holder {
    pub(crate) actor: Account,
    pub(crate) token: TokenId,
    pub(crate) generation: TokenGeneration,
    pub(crate) family: Option<FamilyId>,
    /// From the operator's identity provider, which decides the role; for our own tokens the
    /// account decides.
    pub(crate) is_of_provider: bool,
    /// Seconds since 1970.
    pub(crate) expires: i64,
}

/// Signs and checks tokens. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Tokens {
    /// By the token's digest: a reader of our memory finds no tokens here. Only good signatures are
    /// kept. Whether the account is gone or the token has expired is checked every time.
    known: Arc<Bounded<Digest, Holder>>,
    /// The newest first: it signs.
    keys: Vec<Key>,
    rules: Validation,
    ttl_seconds: i64,
}

#[derive(Clone)]
struct Key {
    /// Tells keys apart, and reveals nothing of the secret.
    id: String,
    signing: EncodingKey,
    checking: DecodingKey,
}

/// Bytes of a digest that name a key: enough that two keys never share a name by chance.
const KEY_ID_BYTES: usize = 6;

impl Key {
    fn new(secret: &str) -> Self {
        let digest = digests::key_for("seatwire token key id", secret);
        let id = digest[..KEY_ID_BYTES].iter().map(|byte| format!("{byte:02x}")).collect();
        let signing = EncodingKey::from_secret(secret.as_bytes());
        let checking = DecodingKey::from_secret(secret.as_bytes());
        Self { id, signing, checking }
    }
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens").field("ttl_seconds", &self.ttl_seconds).finish_non_exhaustive()
    }
}

/// The token is forged, damaged, of another kind or expired. The caller does not learn which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Unauthorized")]
pub(crate) struct BadToken;

impl Tokens {
    /// `previous`: the secret that signed before this one.
    pub(crate) fn new(secret: &str, previous: Option<&str>, ttl: std::time::Duration) -> Self {
        hs256::install();
        let mut rules = Validation::new(Algorithm::HS256);
        rules.validate_exp = false;
        rules.set_required_spec_claims(&["exp", "sub"]);
        Self {
            known: Arc::new(Bounded::new(TOKENS_KNOWN_MAX)),
            rules,
            keys: std::iter::once(secret).chain(previous).map(Key::new).collect(),
            ttl_seconds: i64::try_from(ttl.as_secs()).unwrap_or(i64::MAX / 2),
        }
    }

    pub(crate) fn issue(
        &self,
        user: &User,
        generation: TokenGeneration,
        family: Option<FamilyId>,
        token_id: Uuid,
        now: Timestamp,
    ) -> Result<String, jsonwebtoken::errors::Error> {
        let iat = now.as_second();
        let claims = Claims {
            sub: user.id.0,
            email: user.email.clone(),
            role: user.role.as_str().to_owned(),
            iat,
            exp: iat.saturating_add(self.ttl_seconds),
            nbf: None,
            jti: token_id,
            generation: generation.0,
            sid: family.map(|family| family.0),
        };
        let [newest, ..] = self.keys.as_slice() else {
            unreachable!("there is a key from the start on")
        };
        let header = Header { kid: Some(newest.id.clone()), ..Header::new(Algorithm::HS256) };
        jsonwebtoken::encode(&header, &claims, &newest.signing)
    }

    /// Who the bearer is, and until when. Expiry is judged by `now`, the program's own clock, and
    /// by no other.
    pub(crate) fn holder(&self, token: &str, now: Timestamp) -> Result<Holder, BadToken> {
        let digest = digests::of_token(token);
        let said = match self.known.get(&digest) {
            Some(said) => said,
            None => {
                let said = self.read(token, now)?;
                self.known.keep(digest, said);
                said
            }
        };
        if said.expires <= now.as_second() {
            return Err(BadToken);
        }
        Ok(said)
    }

    fn read(&self, token: &str, now: Timestamp) -> Result<Holder, BadToken> {
        let named = jsonwebtoken::decode_header(token).map_err(|_| BadToken)?.kid;
        let mut keys = self.keys.iter().filter(|key| named.as_ref().is_none_or(|id| *id == key.id));
        let read =
            |key: &Key| jsonwebtoken::decode::<Claims>(token, &key.checking, &self.rules).ok();
        let token = keys.find_map(read).ok_or(BadToken)?;
        // What `crit` names must be understood (RFC 7515, 4.1.11), and we understand no extension.
        if token.header.crit.is_some() {
            return Err(BadToken);
        }
        let claims = token.claims;
        // Not cached until its time has come; from then on it stays good until it expires.
        if claims.nbf.is_some_and(|nbf| now.as_second() < nbf) {
            return Err(BadToken);
        }
        let role = Role::parse(&claims.role).ok_or(BadToken)?;
        Ok(Holder {
            actor: Account { user_id: UserId(claims.sub), role },
            token: TokenId(claims.jti),
            generation: TokenGeneration(claims.generation),
            family: claims.sid.map(FamilyId),
            is_of_provider: false,
            expires: claims.exp,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Origin;
    use std::time::Duration;

    fn user() -> User {
        let now = Timestamp::UNIX_EPOCH;
        User {
            id: UserId(Uuid::from_u128(7)),
            email: "a@b.cd".into(),
            first_name: "A".into(),
            last_name: "B".into(),
            phone: None,
            role: Role::Agent,
            disabled_at: None,
            is_demo: false,
            origin: Origin::Own,
            created_at: now,
            updated_at: now,
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_token_is_good_until_it_expires() {
        let tokens = Tokens::new(&"s".repeat(32), None, Duration::from_secs(60));
        let token =
            tokens.issue(&user(), TokenGeneration(2), None, Uuid::nil(), at(1_000)).unwrap();
        let actor = Account { user_id: user().id, role: Role::Agent };
        let (token_id, generation) = (TokenId(Uuid::nil()), TokenGeneration(2));
        let holder = Holder {
            actor,
            token: token_id,
            generation,
            family: None,
            is_of_provider: false,
            expires: 1_060,
        };
        assert_eq!(tokens.holder(&token, at(1_059)), Ok(holder));
        assert_eq!(tokens.holder(&token, at(1_060)), Err(BadToken), "though it is known");
    }

    #[test]
    fn forged_tokens_are_refused() {
        let tokens = Tokens::new(&"s".repeat(32), None, Duration::from_secs(60));
        let other = Tokens::new(&"t".repeat(32), None, Duration::from_secs(60));
        let foreign =
            other.issue(&user(), TokenGeneration(2), None, Uuid::nil(), at(1_000)).unwrap();
        let good = tokens.issue(&user(), TokenGeneration(2), None, Uuid::nil(), at(1_000)).unwrap();
        let (head, rest) = good.split_once('.').unwrap();
        let (body, signature) = rest.split_once('.').unwrap();
        // {"alg":"none","typ":"JWT"}
        let unsigned = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{body}.");
        let another =
            tokens.issue(&user(), TokenGeneration(2), None, Uuid::max(), at(1_000)).unwrap();
        let (_, another_body) = another.rsplit_once('.').unwrap().0.split_once('.').unwrap();
        let swapped = format!("{head}.{another_body}.{signature}");
        tokens.holder(&good, at(1_001)).unwrap();
        for wrong in [foreign, unsigned, swapped, String::new(), "a.b.c".into(), "\0".into()] {
            for _ in 0..2 {
                assert_eq!(tokens.holder(&wrong, at(1_001)), Err(BadToken), "{wrong}");
            }
        }
    }

    #[test]
    fn keys_rotate() {
        let (old, new) = ("o".repeat(32), "n".repeat(32));
        let tokens = |secret: &str, previous: Option<&str>| {
            Tokens::new(secret, previous, Duration::from_secs(60))
        };
        let issued = |by: &Tokens| {
            by.issue(&user(), TokenGeneration(0), None, Uuid::nil(), at(1_000)).unwrap()
        };
        let before = issued(&tokens(&old, None));
        let rotated = tokens(&new, Some(&old));
        let after = issued(&rotated);
        for token in [&before, &after] {
            assert!(rotated.holder(token, at(1_001)).is_ok());
        }
        assert!(tokens(&new, None).holder(&after, at(1_001)).is_ok(), "the newest signs");
        assert_eq!(tokens(&new, None).holder(&before, at(1_001)), Err(BadToken), "rotated out");
        assert_eq!(tokens(&old, None).holder(&after, at(1_001)), Err(BadToken));
        // A token that names another key than the one with which it was signed.
        let claims =
            jsonwebtoken::dangerous::insecure_decode_claims::<serde_json::Value>(&after).unwrap();
        let header =
            |kid: &str| Header { kid: Some(kid.to_owned()), ..Header::new(Algorithm::HS256) };
        let secret = EncodingKey::from_secret(new.as_bytes());
        for kid in [rotated.keys[1].id.as_str(), "", "other"] {
            let forged = jsonwebtoken::encode(&header(kid), &claims, &secret).unwrap();
            assert_eq!(rotated.holder(&forged, at(1_001)), Err(BadToken), "{kid}");
        }
        let named = jsonwebtoken::encode(&header(&rotated.keys[0].id), &claims, &secret).unwrap();
        assert!(rotated.holder(&named, at(1_001)).is_ok(), "the control");
    }
}
