//! The port's certificate, changed under a running server: new connections get the new one, open
//! ones stay, and an unusable pair changes nothing.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, ClientConnection, ProtocolVersion, RootCertStore, StreamOwned};

use crate::support::raw_connection::RawConnection;
use crate::support::running_server::{Launch, RunningServer};

/// The server looks again within seconds; a busy machine takes longer.
const PATIENCE: Duration = Duration::from_secs(60);

struct Pair {
    chain: String,
    key: String,
    der: CertificateDer<'static>,
}

impl Pair {
    fn new() -> Self {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        Self { chain: cert.pem(), key: signing_key.serialize_pem(), der: cert.der().clone() }
    }

    fn put(&self, folder: &Path) {
        std::fs::write(folder.join("chain.pem"), &self.chain).unwrap();
        std::fs::write(folder.join("key.pem"), &self.key).unwrap();
    }
}

fn trusting(pairs: &[&Pair]) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    pairs.iter().for_each(|pair| roots.add(pair.der.clone()).unwrap());
    let mut config = ClientConfig::builder_with_provider(ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.into()
}

/// The certificate in the handshake of a new client.
fn shown(port: u16, pairs: &[&Pair]) -> CertificateDer<'static> {
    let name = "localhost".try_into().unwrap();
    let client = ClientConnection::new(trusting(pairs), name).unwrap();
    let mut stream = StreamOwned::new(client, TcpStream::connect(("localhost", port)).unwrap());
    let request = "GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(stream.conn.protocol_version(), Some(ProtocolVersion::TLSv1_3));
    assert_eq!(stream.conn.alpn_protocol(), Some(&b"http/1.1"[..]));
    stream.conn.peer_certificates().unwrap()[0].clone().into_owned()
}

fn until(what: &str, server: &RunningServer, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "{what}: {}", server.log());
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn asks(connection: &mut RawConnection) {
    connection.send("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let head = connection.head();
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    connection.body(&head);
}

fn start(folder: &Path, first: &Pair) -> RunningServer {
    first.put(folder);
    Launch::bare(folder).setting("TLS_CERT", "chain.pem").setting("TLS_KEY", "key.pem").run()
}

#[test]
fn a_changed_certificate_is_shown_to_those_who_come_and_drops_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (Pair::new(), Pair::new());
    let server = start(folder.path(), &old);
    let both = [&old, &new];
    assert_eq!(shown(server.port, &both), old.der);
    let mut open = RawConnection::encrypted(server.port, &trusting(&both));
    asks(&mut open);

    new.put(folder.path());
    until("the new certificate", &server, || shown(server.port, &both) == new.der);
    asks(&mut open);
    until("its line in the log", &server, || server.log().contains("get the certificate as it is"));
    let ended = server.terminate();
    assert_eq!(ended.exit_code, Some(0), "{}", ended.stderr);
}

#[test]
fn a_bad_certificate_changes_nothing_and_a_hang_up_signal_reads_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (Pair::new(), Pair::new());
    let server = start(folder.path(), &old);
    let both = [&old, &new];
    let mut open = RawConnection::encrypted(server.port, &trusting(&both));
    asks(&mut open);
    let refused = |server: &RunningServer| server.log().matches("cannot be used").count();

    // Only the chain: as if the renewal had been stopped between the two files.
    std::fs::write(folder.path().join("chain.pem"), &new.chain).unwrap();
    server.hang_up();
    until("a word on the key", &server, || refused(&server) > 0);
    assert!(server.log().contains("is not the key of the certificate"), "{}", server.log());
    assert_eq!(shown(server.port, &both), old.der);
    let told = refused(&server);
    std::fs::remove_file(folder.path().join("key.pem")).unwrap();
    server.hang_up();
    until("a word on a file that is not there", &server, || refused(&server) > told);
    assert_eq!(shown(server.port, &both), old.der);

    new.put(folder.path());
    server.hang_up();
    until("the new certificate", &server, || shown(server.port, &both) == new.der);
    asks(&mut open);
    assert!(!server.log().contains(new.key.lines().nth(1).unwrap()), "no key in the log");
}
