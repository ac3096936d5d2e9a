//! The certificate and the key that the port is served with.
//!
//! Both files are read here, so that a fault in them is a fault of the configuration and does not
//! wait for the first client; and again when they have changed, for later handshakes. Whether a
//! certificate has expired, or is for this name, is judged by the clients. Nothing of a key is ever
//! repeated.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, NoServerSessionStorage, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{Error, ServerConfig};

use super::fault::quoted;
use super::file::text_of;
use super::settings::Id;

/// The only protocol inside TLS: websockets begin with HTTP/1.1.
const PROTOCOL: &[u8] = b"http/1.1";

/// Tickets with which a client can make a shorter handshake later. Each is sent once, and only the
/// client keeps it.
const TICKETS: usize = 1;

/// What a TLS handshake needs.
#[derive(Clone)]
pub(crate) struct Tls {
    server: Arc<ServerConfig>,
    shown: Arc<Shown>,
    files: Arc<Files>,
}

/// The certificate that handshakes show from now on, with its key.
struct Shown(ArcSwap<CertifiedKey>);

/// Where the files are, to be read again.
struct Files {
    folder: PathBuf,
    chain: String,
    key: String,
}

/// What one file holds, and the path as it was typed.
pub(super) struct PemFile<T> {
    typed: String,
    items: T,
}

/// Two files that cannot be used together, and which one to blame.
pub(super) struct Unfit {
    pub(super) setting: Id,
    pub(super) sentence: String,
}

impl Tls {
    /// `folder`: where relative paths begin.
    pub(super) fn new(
        folder: &Path,
        chain: PemFile<Vec<CertificateDer<'static>>>,
        key: PemFile<PrivateKeyDer<'static>>,
    ) -> Result<Self, Unfit> {
        let (folder, typed) = (folder.to_owned(), key.typed.clone());
        let files = Files { folder, chain: chain.typed.clone(), key: key.typed.clone() };
        let shown = Arc::new(Shown(ArcSwap::from_pointee(certified(chain, key)?)));
        let with = |shown| {
            let mut config = ServerConfig::builder_with_provider(ring::default_provider().into())
                .with_safe_default_protocol_versions()?
                .with_no_client_auth()
                .with_cert_resolver(shown);
            config.alpn_protocols = vec![PROTOCOL.to_vec()];
            // Nothing is kept here for clients that may reconnect.
            config.session_storage = Arc::new(NoServerSessionStorage {});
            config.ticketer = ring::Ticketer::new()?;
            config.send_tls13_tickets = TICKETS;
            Ok(config)
        };
        let server = with(shown.clone()).map_err(|error: Error| Unfit {
            setting: Id::TlsKey,
            sentence: format!("{} cannot be served with: {error}", quoted(&typed)),
        })?;
        Ok(Self { server: Arc::new(server), shown, files: Arc::new(files) })
    }

    pub(crate) fn server_config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.server)
    }

    /// The server's own certificate, as it is used in handshakes now.
    pub(crate) fn leaf(&self) -> Option<CertificateDer<'static>> {
        self.shown.0.load().cert.first().cloned()
    }

    /// The files of the chain and of the key.
    pub(crate) fn paths(&self) -> [PathBuf; 2] {
        let Files { folder, chain, key } = &*self.files;
        [folder.join(chain), folder.join(key)]
    }

    /// Uses from now on what the files contain now; keeps the old pair if they cannot be used.
    pub(crate) fn read_again(&self) -> Result<(), String> {
        let Files { folder, chain: chain_file, key: key_file } = &*self.files;
        let both = (chain(folder, chain_file)?, key(folder, key_file)?);
        let certified = certified(both.0, both.1).map_err(|unfit| unfit.sentence)?;
        self.shown.0.store(Arc::new(certified));
        Ok(())
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

impl fmt::Debug for Shown {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Shown")
    }
}

/// The two together, or which of the files is at fault.
fn certified(
    chain: PemFile<Vec<CertificateDer<'static>>>,
    key: PemFile<PrivateKeyDer<'static>>,
) -> Result<CertifiedKey, Unfit> {
    let unfit = |error| match error {
        Error::InconsistentKeys(_) => Unfit {
            setting: Id::TlsKey,
            sentence: format!(
                "{} is not the key of the certificate in {}",
                quoted(&key.typed),
                quoted(&chain.typed)
            ),
        },
        Error::InvalidCertificate(_) => Unfit {
            setting: Id::TlsCert,
            sentence: format!("{} holds no certificate of a server", quoted(&chain.typed)),
        },
        _ => Unfit {
            setting: Id::TlsKey,
            sentence: format!("{} holds a key of a kind that is not taken", quoted(&key.typed)),
        },
    };
    CertifiedKey::from_der(chain.items, key.items, &ring::default_provider()).map_err(unfit)
}

/// The certificates of a file, in the order of the file.
pub(super) fn chain(
    cwd: &Path,
    typed: &str,
) -> Result<PemFile<Vec<CertificateDer<'static>>>, String> {
    let text = text(cwd, typed)?;
    let found = CertificateDer::pem_slice_iter(text.as_bytes()).collect::<Result<Vec<_>, _>>();
    match found {
        Ok(items) if !items.is_empty() => Ok(PemFile { typed: typed.to_owned(), items }),
        _ => Err(format!("{} holds no certificate in PEM", quoted(typed))),
    }
}

/// The private key of a file.
pub(super) fn key(cwd: &Path, typed: &str) -> Result<PemFile<PrivateKeyDer<'static>>, String> {
    let text = text(cwd, typed)?;
    match PrivateKeyDer::from_pem_slice(text.as_bytes()) {
        Ok(items) if !text.contains("Proc-Type: 4,ENCRYPTED") => {
            Ok(PemFile { typed: typed.to_owned(), items })
        }
        _ if text.contains("ENCRYPTED") => {
            Err(format!("{} is encrypted; store the key without a passphrase", quoted(typed)))
        }
        _ => Err(format!("{} holds no private key in PEM", quoted(typed))),
    }
}

fn text(cwd: &Path, typed: &str) -> Result<String, String> {
    text_of(&cwd.join(typed)).map_err(|error| format!("{} cannot be read: {error}", quoted(typed)))
}

impl<T> fmt::Display for PemFile<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.typed)
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Tls")
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};

    use super::super::testing::{check_in, lines};
    use super::super::{Outcome, testing};

    const BOTH: [(&str, &str); 2] =
        [("SEATWIRE_TLS_CERT", "chain.pem"), ("SEATWIRE_TLS_KEY", "key.pem")];

    /// A certificate for localhost and its key.
    fn pair() -> (String, String) {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        (cert.pem(), signing_key.serialize_pem())
    }

    #[track_caller]
    fn told(chain: &str, key: &str) -> Vec<String> {
        let files = [("chain.pem", chain.as_bytes()), ("key.pem", key.as_bytes())];
        match check_in(&files, &[], &BOTH) {
            Outcome::Faults(faults) => lines(&faults),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_certificate_and_its_key_make_a_server_and_show_by_name() {
        let (chain, key) = pair();
        let files = [("chain.pem", chain.as_bytes()), ("key.pem", key.as_bytes())];
        let outcome = check_in(&files, &["check-config"], &BOTH);
        let Outcome::Print { text, faults, exit_code: 0 } = outcome else { panic!("{outcome:?}") };
        assert!(faults.is_empty());
        for line in
            ["tls_cert = chain.pem   (SEATWIRE_TLS_CERT)", "tls_key = key.pem   (SEATWIRE_TLS_KEY)"]
        {
            assert!(text.lines().any(|printed| printed == line), "no `{line}` in\n{text}");
        }
        let outcome = check_in(&files, &[], &BOTH);
        let Outcome::Serve(config) = outcome else { panic!("{outcome:?}") };
        assert_eq!(config.tls.unwrap().server_config().alpn_protocols, [b"http/1.1".to_vec()]);
    }

    #[test]
    fn neither_or_both() {
        let faults = testing::faults(&["--tls-cert", "chain.pem"], &[], "");
        assert_eq!(
            faults,
            [
                "--tls-cert: \"chain.pem\" cannot be read: No such file or directory (os error 2)",
                "SEATWIRE_TLS_KEY: must be set together with tls_cert",
            ]
        );
        assert!(testing::served(&[], &[], "").tls.is_none());
    }

    #[test]
    fn each_file_is_told_what_it_lacks() {
        let (chain, key) = pair();
        let no_chain = "SEATWIRE_TLS_CERT: \"chain.pem\" holds no certificate in PEM";
        let no_key = "SEATWIRE_TLS_KEY: \"key.pem\" holds no private key in PEM";
        let damaged = chain.replacen("MII", "!!!", 1);
        let empty = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
        let encrypted = key.replace("PRIVATE", "ENCRYPTED PRIVATE");
        let locked =
            "SEATWIRE_TLS_KEY: \"key.pem\" is encrypted; store the key without a passphrase";
        assert_eq!(told(&key, &chain), [no_chain, no_key]);
        assert_eq!(told("", ""), [no_chain, no_key]);
        assert_eq!(told(&damaged, &key), [no_chain]);
        assert_eq!(told(&chain, &encrypted), [locked]);
        assert_eq!(
            told(empty, &key),
            ["SEATWIRE_TLS_CERT: \"chain.pem\" holds no certificate of a server"]
        );
    }

    #[test]
    fn another_certificates_key_is_seen_before_the_first_visitor_sees_it() {
        let (chain, _) = pair();
        let foreign = KeyPair::generate().unwrap().serialize_pem();
        assert_eq!(
            told(&chain, &foreign),
            ["SEATWIRE_TLS_KEY: \"key.pem\" is not the key of the certificate in \"chain.pem\""]
        );
    }
}
