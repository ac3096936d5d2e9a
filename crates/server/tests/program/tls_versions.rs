//! Which versions of TLS the port speaks: 1.2 and 1.3, nothing older.

use std::path::Path;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::crypto::ring;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};

use crate::support::raw_connection::RawConnection;
use crate::support::running_server::{Launch, RunningServer};

const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const FATAL: u8 = 2;
/// RFC 5246, section 7.2.
const PROTOCOL_VERSION: u8 = 70;

fn encrypted(folder: &Path) -> (RunningServer, RootCertStore) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(folder.join("chain.pem"), cert.pem()).unwrap();
    std::fs::write(folder.join("key.pem"), signing_key.serialize_pem()).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(cert.der().clone()).unwrap();
    let launch = Launch::bare(folder).setting("TLS_CERT", "chain.pem");
    (launch.setting("TLS_KEY", "key.pem").run(), roots)
}

/// The ClientHello of a client that has no newer version than this one (RFC 4346, section 7.4.1.2;
/// RFC 5246): made by hand, because no library of today sends an old one.
fn hello(version: [u8; 2]) -> Vec<u8> {
    let with_length = |bytes: Vec<u8>| {
        let mut counted = u16::try_from(bytes.len()).unwrap().to_be_bytes().to_vec();
        counted.extend(bytes);
        counted
    };
    let extension = |kind: u8, list: Vec<u8>| [vec![0, kind], with_length(list)].concat();
    let mut body = version.to_vec();
    body.extend([7; 32]);
    // No session; ECDHE with AES-GCM and with AES-CBC, ECDSA and RSA; no compression.
    body.push(0);
    body.extend(with_length(vec![0xc0, 0x2b, 0xc0, 0x2f, 0xc0, 0x09, 0xc0, 0x13, 0x00, 0x2f]));
    body.extend([1, 0]);
    let extensions = [
        // Groups: X25519 and P-256; uncompressed points; signatures by ECDSA and RSA with SHA-256.
        extension(10, with_length(vec![0x00, 0x1d, 0x00, 0x17])),
        extension(11, vec![1, 0]),
        extension(13, with_length(vec![0x04, 0x03, 0x04, 0x01])),
        // RFC 7627.
        extension(23, Vec::new()),
    ];
    body.extend(with_length(extensions.concat()));
    let mut message = vec![1, 0];
    message.extend(with_length(body));
    let mut record = vec![HANDSHAKE, 3, 1];
    record.extend(with_length(message));
    record
}

#[test]
fn both_versions_that_are_in_use_are_spoken() {
    let folder = tempfile::tempdir().unwrap();
    let (server, roots) = encrypted(folder.path());
    let answered = |version: &'static SupportedProtocolVersion| {
        let config = ClientConfig::builder_with_provider(ring::default_provider().into())
            .with_protocol_versions(&[version])
            .unwrap()
            .with_root_certificates(roots.clone())
            .with_no_client_auth();
        let mut connection = RawConnection::encrypted(server.port, &config.into());
        connection.send("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
        connection.head()
    };
    for version in [&TLS12, &TLS13] {
        let head = answered(version);
        assert!(head.starts_with("HTTP/1.1 200 "), "{version:?}: {head}");
    }
}

#[test]
fn an_older_version_is_refused_by_an_alert() {
    let folder = tempfile::tempdir().unwrap();
    let (server, _) = encrypted(folder.path());
    let answer = |version| {
        let mut connection = RawConnection::open(server.port);
        connection.send(hello(version));
        let record = connection.take(5).expect("a record");
        let length = u16::from_be_bytes([record[3], record[4]]);
        let content = connection.take(length.into()).expect("what the record says");
        (record[0], content)
    };
    // SSL 3.0, TLS 1.0 and 1.1.
    for version in [[3, 0], [3, 1], [3, 2]] {
        assert_eq!(answer(version), (ALERT, vec![FATAL, PROTOCOL_VERSION]), "{version:?}");
    }
    // Only the version was wrong: with 1.2, the same bytes are answered by a ServerHello of 1.2.
    let (kind, content) = answer([3, 3]);
    assert_eq!((kind, content[0], &content[4..6]), (HANDSHAKE, 2, &[3, 3][..]));
}
