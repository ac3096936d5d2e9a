//! Redis behind TLS: the certificate and its name are checked, with any authority.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use store::{FanOut as _, FanOutState};
use throwaway_redis::Server;

use crate::node::{Groups, Node, talk_again};

/// A server with TLS alone, whose certificate is for `name`. Its plain port is for the program that
/// starts it.
fn start(name: &str) -> (Server, u16, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new([name.to_owned()]).unwrap();
    let certificate = certificate.signed_by(&key, &authority).unwrap();
    let file = |file: &str, text: String| {
        let path = folder.path().join(file);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let ca = file("ca.pem", authority.pem());
    let cert = file("cert.pem", certificate.pem());
    let key = file("key.pem", key.serialize_pem());
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let server = Server::start_with(&[
        "--tls-port",
        &port.to_string(),
        "--tls-cert-file",
        &cert,
        "--tls-key-file",
        &key,
        "--tls-ca-cert-file",
        &ca,
        "--tls-auth-clients",
        "no",
    ]);
    (server.unwrap(), port, folder)
}

#[tokio::test]
async fn a_certificate_of_the_named_authority_is_trusted_and_no_other() {
    let (_redis, port, folder) = start("localhost");
    let (_other, other_port, _its_folder) = start("localhost");
    let (_misnamed, misnamed_port, its_folder) = start("elsewhere.example");
    let url = |port: u16, folder: &tempfile::TempDir| {
        let ca = folder.path().join("ca.pem");
        format!("rediss://localhost:{port}?sslrootcert={}", ca.display())
    };
    let (one, mut two) =
        (Node::start(&url(port, &folder)).up().await, Node::start(&url(port, &folder)).up().await);
    // A certificate of another authority, one for another name, and one of an authority that this
    // system does not know.
    let strangers = [
        Node::start(&url(other_port, &folder)),
        Node::start(&url(misnamed_port, &its_folder)),
        Node::start(&format!("rediss://localhost:{port}")),
    ];
    talk_again(&one, &mut two, &mut Groups::default()).await;
    for stranger in &strangers {
        assert_eq!(stranger.fan_out.state(), FanOutState::Down);
    }
}
