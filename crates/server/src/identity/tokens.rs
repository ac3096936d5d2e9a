//! Bearer tokens: JWT, HS256, claims `sub email role iat exp jti` (contract.md, "Roles").

use std::sync::Arc;

use domain::{Account, Role, User, UserId};
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
}

/// Tokens whose signature was checked lately, at some hundred bytes each.
const TOKENS_KNOWN_MAX: usize = 4_096;

/// What a well-signed token says: whose it is, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Holder {
    pub(crate) actor: Account,
    /// Seconds since 1970.
    pub(crate) expires: i64,
}

/// Signs and checks tokens. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Tokens {
    /// By the token's digest: whoever reads our memory finds no tokens here. Of good signatures alone. Whose account is gone or whose time is over is asked every time.
    known: Arc<Bounded<Digest, Holder>>,
    signing: EncodingKey,
    checking: DecodingKey,
    rules: Validation,
    ttl_seconds: i64,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens").field("ttl_seconds", &self.ttl_seconds).finish_non_exhaustive()
    }
}

/// The token is forged, damaged, of another kind or expired. Which one is nobody's business.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Unauthorized")]
pub(crate) struct BadToken;

impl Tokens {
    pub(crate) fn new(secret: &str, ttl: std::time::Duration) -> Self {
        hs256::install();
        let mut rules = Validation::new(Algorithm::HS256);
        rules.validate_exp = false;
        rules.set_required_spec_claims(&["exp", "sub"]);
        Self {
            known: Arc::new(Bounded::new(TOKENS_KNOWN_MAX)),
            rules,
            signing: EncodingKey::from_secret(secret.as_bytes()),
            checking: DecodingKey::from_secret(secret.as_bytes()),
            ttl_seconds: i64::try_from(ttl.as_secs()).unwrap_or(i64::MAX / 2),
        }
    }

    pub(crate) fn issue(
        &self,
        user: &User,
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
        };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.signing)
    }

    /// Who the bearer is, and until when. Expiry is judged by `now`, the house's clock, and by no
    /// other.
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
        let token = jsonwebtoken::decode::<Claims>(token, &self.checking, &self.rules)
            .map_err(|_| BadToken)?;
        // What `crit` names must be understood (RFC 7515, 4.1.11), and we understand no extension.
        if token.header.crit.is_some() {
            return Err(BadToken);
        }
        let claims = token.claims;
        // Not remembered until its time has come; from then on it stays good until it expires.
        if claims.nbf.is_some_and(|nbf| now.as_second() < nbf) {
            return Err(BadToken);
        }
        let role = Role::parse(&claims.role).ok_or(BadToken)?;
        Ok(Holder { actor: Account { user_id: UserId(claims.sub), role }, expires: claims.exp })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
            created_at: now,
            updated_at: now,
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_token_is_good_until_it_expires() {
        let tokens = Tokens::new(&"s".repeat(32), Duration::from_secs(60));
        let token = tokens.issue(&user(), Uuid::nil(), at(1_000)).unwrap();
        let actor = Account { user_id: user().id, role: Role::Agent };
        let holder = Holder { actor, expires: 1_060 };
        assert_eq!(tokens.holder(&token, at(1_059)), Ok(holder));
        assert_eq!(tokens.holder(&token, at(1_060)), Err(BadToken), "though it is known");
    }

    #[test]
    fn forged_tokens_are_refused() {
        let tokens = Tokens::new(&"s".repeat(32), Duration::from_secs(60));
        let other = Tokens::new(&"t".repeat(32), Duration::from_secs(60));
        let foreign = other.issue(&user(), Uuid::nil(), at(1_000)).unwrap();
        let good = tokens.issue(&user(), Uuid::nil(), at(1_000)).unwrap();
        let (head, rest) = good.split_once('.').unwrap();
        let (body, signature) = rest.split_once('.').unwrap();
        // {"alg":"none","typ":"JWT"}
        let unsigned = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{body}.");
        let another = tokens.issue(&user(), Uuid::max(), at(1_000)).unwrap();
        let (_, another_body) = another.rsplit_once('.').unwrap().0.split_once('.').unwrap();
        let swapped = format!("{head}.{another_body}.{signature}");
        tokens.holder(&good, at(1_001)).unwrap();
        for wrong in [foreign, unsigned, swapped, String::new(), "a.b.c".into(), "\0".into()] {
            for _ in 0..2 {
                assert_eq!(tokens.holder(&wrong, at(1_001)), Err(BadToken), "{wrong}");
            }
        }
    }
}
