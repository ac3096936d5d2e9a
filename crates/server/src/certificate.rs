//! What the port's certificate says about itself: a reader of the log or of the doctor's output
//! wants to know which one it is and how long it is valid. Whether to trust it is not judged here.

use jiff::Timestamp;
use rustls::pki_types::CertificateDer;
use x509_parser::prelude::{FromDer as _, X509Certificate};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Certificate {
    /// In hexadecimal, as `openssl x509 -serial` writes it, but in lower case.
    pub(crate) serial: String,
    pub(crate) not_before: Timestamp,
    pub(crate) not_after: Timestamp,
}

impl Certificate {
    /// `None` for a certificate that rustls accepts and this reader does not: then nothing is known
    /// about it.
    pub(crate) fn of(der: &CertificateDer<'_>) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        let validity = certificate.validity();
        let moment = |seconds: i64| Timestamp::from_second(seconds).ok();
        Some(Self {
            serial: certificate.raw_serial().iter().map(|byte| format!("{byte:02x}")).collect(),
            not_before: moment(validity.not_before.timestamp())?,
            not_after: moment(validity.not_after.timestamp())?,
        })
    }
}
