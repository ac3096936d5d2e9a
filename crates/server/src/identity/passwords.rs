//! Passwords: Argon2id, a few at a time.
//!
//! Hashing is made to be slow and to need memory, so it runs off the async threads and never more
//! than [`HASHES_AT_ONCE`] at a time: a storm of logins waits, it does not eat the machine.

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use http::StatusCode;
use tokio::sync::Semaphore;

use crate::http::problem::Problem;

const HASHES_AT_ONCE: usize = 2;

/// Logins and registrations that may wait for their turn; more are told to come back.
const HASHES_WAITING_MAX: usize = 256;

#[derive(Clone, Debug)]
pub(crate) struct Passwords {
    turns: Arc<Semaphore>,
    places: Arc<Semaphore>,
    /// Compared with when an address is unknown, so that the answer takes as long as for a known one.
    decoy: Arc<str>,
}

impl Passwords {
    pub(crate) fn new() -> Result<Self, argon2::password_hash::Error> {
        Ok(Self {
            turns: Arc::new(Semaphore::new(HASHES_AT_ONCE)),
            places: Arc::new(Semaphore::new(HASHES_WAITING_MAX)),
            decoy: hash("nobody has this password")?.into(),
        })
    }

    pub(crate) async fn hash(&self, password: String) -> Result<String, Problem> {
        self.off_thread(move || hash(&password)).await?.map_err(|error| Problem::internal(&error))
    }

    /// Whether the password is the one behind the hash; `None` stands for an unknown address.
    pub(crate) async fn verify(
        &self,
        password: String,
        hash: Option<String>,
    ) -> Result<bool, Problem> {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.decoy.as_ref().to_owned());
        let matches = self.off_thread(move || verify(&password, &hash)).await?;
        Ok(matches && known)
    }

    async fn off_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let busy = |_| {
            let detail = "too many people are logging in; please try again";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail)
        };
        let _place = Arc::clone(&self.places).try_acquire_owned().map_err(busy)?;
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        });
        done.await.map_err(|error| Problem::internal(&error))
    }
}

fn hash(password: &str) -> Result<String, argon2::password_hash::Error> {
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
        let passwords = Passwords::new().unwrap();
        let hash = passwords.hash("ağaç-kapı-12".to_owned()).await.unwrap();
        assert!(hash.starts_with("$argon2id$"));
        let verify = |password: &str, hash| passwords.verify(password.to_owned(), hash);
        assert!(verify("ağaç-kapı-12", Some(hash.clone())).await.unwrap());
        assert!(!verify("agac-kapi-12", Some(hash)).await.unwrap());
        assert!(!verify("nobody has this password", None).await.unwrap());
        assert!(!verify("x", Some("not a hash".to_owned())).await.unwrap());
    }
}
