//! TLS to the database: the certificate and its name are checked, and what is refused says why.

use std::path::Path;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use store::contract::Desk;
use store::{CommittedStream, DataKeys};
use store_postgres::{Address, OpenError, PostgresStore, open_by_callers_time};
use throwaway_postgres::Server;

/// A server whose certificate is for `localhost`, and a file with the authority that signed it.
fn start(folder: &Path) -> (Server, String) {
    let ca = folder.join("ca.pem");
    let authority = authority();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["localhost".to_owned()]).unwrap();
    let certificate = certificate.signed_by(&key, &authority).unwrap();
    std::fs::write(&ca, authority.pem()).unwrap();
    let server = Server::start_encrypted(&certificate.pem(), &key.serialize_pem()).unwrap();
    (server, ca.display().to_string())
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap()
}

async fn open(
    host: &str,
    port: u16,
    parameters: &str,
) -> Result<(PostgresStore, CommittedStream), OpenError> {
    let url = format!("postgres://seatwire@{host}:{port}/postgres?{parameters}");
    open_by_callers_time(&Address::parse(&url)?, &DataKeys::default()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_of_the_named_authority_is_trusted_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let (server, ca) = start(folder.path());
    let port = server.port();
    let others = folder.path().join("other.pem");
    std::fs::write(&others, authority().pem()).unwrap();
    let others = others.display();
    for (host, parameters, says) in [
        // One of another authority, one of an authority that this system does not know, one for
        // another name.
        ("localhost", format!("sslmode=require&sslrootcert={others}"), "invalid peer certificate"),
        ("localhost", "sslmode=require".to_owned(), "invalid peer certificate"),
        ("127.0.0.1", format!("sslmode=require&sslrootcert={ca}"), "not valid for name"),
        ("localhost", "sslmode=disable".to_owned(), "no encryption"),
    ] {
        let refused = open(host, port, &parameters).await.map(drop).unwrap_err().to_string();
        assert!(refused.starts_with("the database cannot be reached: "), "{refused}");
        assert!(refused.contains(says), "{host} {parameters}: {refused}");
    }
    for mode in ["require", "verify-full"] {
        let parameters = format!("sslmode={mode}&sslrootcert={ca}");
        let (store, _stream) = open("localhost", port, &parameters).await.unwrap();
        let desk = Desk::at(Arc::new(store), 1_000);
        if mode == "require" {
            desk.hire().await;
            let route = desk.route(40).await;
            desk.book(desk.customer, route, 1, (0, 3)).await.unwrap();
        }
        desk.store.ready().await.unwrap();
        let encrypted = "SELECT bool_and(ssl) AND count(*) > 0 FROM pg_stat_ssl \
             JOIN pg_stat_activity USING (pid) WHERE application_name = 'seatwire'";
        assert_eq!(server.ask(encrypted).unwrap(), "t", "{mode}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_without_tls_is_not_spoken_to_where_it_is_required() {
    let database = crate::server::Database::new().await;
    let refused = open("localhost", database.port(), "sslmode=require").await.map(drop);
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("server does not support TLS"), "{refused}");
}
