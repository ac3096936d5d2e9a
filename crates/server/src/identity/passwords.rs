//! Passwords: hashed with Argon2id, in turn.
//!
//! Hashing is slow and needs memory on purpose. Threads of its own do it, at a lower priority than
//! everything else, and callers wait in a fair queue: a storm of logins delays logins, and mostly
//! those of its own sender.

mod asker;
mod line;
mod pool;

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};

pub(crate) use asker::Asker;
use pool::Pool;

pub(crate) use pool::Busy;

#[derive(Clone, Debug)]
pub(crate) struct Passwords {
    pool: Arc<Pool>,
    /// Used for the comparison when an address is unknown, so that the answer takes as long as for
    /// a known one.
    decoy: Arc<str>,
}

/// Why no one can log in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PasswordsError {
    #[error("cannot start the threads that hash passwords: {0}")]
    Threads(#[from] std::io::Error),
    #[error("cannot hash a password: {0}")]
    Hash(#[from] argon2::password_hash::Error),
}

/// Why a password was not hashed or verified.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotHashed {
    #[error(transparent)]
    Busy(#[from] Busy),
    #[error("a password cannot be hashed: {0}")]
    Failed(#[from] argon2::password_hash::Error),
}

impl Passwords {
    pub(crate) fn start() -> Result<Self, PasswordsError> {
        let decoy = hash("nobody has this password")?.into();
        Ok(Self { pool: Arc::new(Pool::start()?), decoy })
    }

    pub(crate) async fn hash(&self, asker: Asker, password: String) -> Result<String, NotHashed> {
        let hashed = self.pool.run(asker, move || hash(&password)).await?;
        Ok(hashed?)
    }

    /// Whether this is the password of the hash; `None` stands for an unknown address.
    pub(crate) async fn verify(
        &self,
        asker: Asker,
        password: String,
        hash: Option<String>,
    ) -> Result<bool, NotHashed> {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.decoy.as_ref().to_owned());
        let matches = self.pool.run(asker, move || verify(&password, &hash)).await?;
        Ok(matches && known)
    }
}

/// On this thread, for a program that does nothing else.
pub(crate) fn hash(password: &str) -> Result<String, argon2::password_hash::Error> {
    Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string())
}

fn verify(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash)
        .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_of_a_known_address() {
        let passwords = Passwords::start().unwrap();
        let hash = passwords.hash(Asker::own(), "ağaç-kapı-12".to_owned()).await.unwrap();
        assert!(hash.starts_with("$argon2id$"));
        let verify =
            |password: &str, hash| passwords.verify(Asker::own(), password.to_owned(), hash);
        assert!(verify("ağaç-kapı-12", Some(hash.clone())).await.unwrap());
        assert!(!verify("agac-kapi-12", Some(hash)).await.unwrap());
        assert!(!verify("nobody has this password", None).await.unwrap());
        assert!(!verify("x", Some("not a hash".to_owned())).await.unwrap());
    }
}
