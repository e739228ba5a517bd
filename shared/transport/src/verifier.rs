//! Who gets past the handshake.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, OtherError, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{WebPkiSupportedAlgorithms, ring, verify_tls13_signature_with_raw_key},
    pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime},
    server::danger::{ClientCertVerified, ClientCertVerifier},
};
use thiserror::Error;

use crate::identity::{hex, key_of_spki};

/// Decides which keys may connect to a [`Listener`](crate::Listener).
pub trait Admittance: Send + Sync + 'static {
    /// Whether this key may connect now. Asked in every handshake, on the network's own task: answer from memory,
    /// at once. The key is not yet proved, so a `true` must have no effect of its own. A connection that stands is
    /// not asked about again; closing those of a revoked key is the caller's part.
    fn admits(&self, key: &[u8; 32]) -> bool;
}

/// Why a key was turned away in the handshake.
#[derive(Error)]
enum Stranger {
    #[error("key is not one raw ed25519 public key")]
    Form,
    #[error("key {} is not admitted", hex(.0))]
    NotAdmitted([u8; 32]),
    #[error("key {} is not the one expected", hex(.0))]
    Unexpected([u8; 32]),
}

/// TLS puts this form into the reason that the operator reads, so it is the same as the plain one.
impl fmt::Debug for Stranger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<Stranger> for Error {
    fn from(stranger: Stranger) -> Self {
        Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(stranger))))
    }
}

/// The listening side: asks the caller's [`Admittance`].
pub(crate) struct Doorkeeper(pub(crate) Arc<dyn Admittance>);

impl fmt::Debug for Doorkeeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Doorkeeper")
    }
}

impl ClientCertVerifier for Doorkeeper {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let key = raw_key(end_entity, intermediates)?;
        if !self.0.admits(&key) {
            return Err(Stranger::NotAdmitted(key).into());
        }
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(tls12())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}

/// The dialling side: exactly one key will do. Remembers which key was presented, for the error's sake.
#[derive(Debug)]
pub(crate) struct Pinned {
    pub(crate) expected: [u8; 32],
    pub(crate) presented: Arc<OnceLock<[u8; 32]>>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let key = raw_key(end_entity, intermediates)?;
        self.presented.get_or_init(|| key);
        if key != self.expected {
            return Err(Stranger::Unexpected(key).into());
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(tls12())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}

/// The one key presented. A chain has no meaning here, so anything beside the key is refused.
fn raw_key(
    end_entity: &CertificateDer<'_>,
    intermediates: &[CertificateDer<'_>],
) -> Result<[u8; 32], Stranger> {
    match key_of_spki(end_entity) {
        Some(key) if intermediates.is_empty() => Ok(key),
        _ => Err(Stranger::Form),
    }
}

fn signature(
    message: &[u8],
    cert: &CertificateDer<'_>,
    dss: &DigitallySignedStruct,
) -> Result<HandshakeSignatureValid, Error> {
    verify_tls13_signature_with_raw_key(
        message,
        &SubjectPublicKeyInfoDer::from(cert.as_ref()),
        dss,
        &algorithms(),
    )
}

fn algorithms() -> WebPkiSupportedAlgorithms {
    ring::default_provider().signature_verification_algorithms
}

/// QUIC has no TLS 1.2; the trait still asks.
fn tls12() -> Error {
    Error::General("tls 1.2 is not spoken here".into())
}
