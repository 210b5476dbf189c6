//! Certificates: the operator's, or one we make ourselves so that a password never crosses a network in the clear.

use super::expiry::expires_at;
use crate::kernel::Millis;
use rcgen::{CertificateParams, DnType, KeyPair};
use rustls::ServerConfig;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest, Sha256};
use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("{what} {path}: {reason}")]
    File { what: &'static str, path: PathBuf, reason: String },
    #[error("the certificate and its key cannot be used: {0}")]
    Unusable(#[from] rustls::Error),
    #[error("a certificate could not be made: {0}")]
    Make(#[from] rcgen::Error),
}

pub struct Certificate {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    pub self_made: bool,
}

impl Certificate {
    pub fn load(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let fail = |what, path: &Path, reason: String| TlsError::File { what, path: path.to_owned(), reason };
        let chain: Vec<_> = CertificateDer::pem_file_iter(certificate)
            .and_then(Iterator::collect)
            .map_err(|e| fail("the certificate", certificate, e.to_string()))?;
        if chain.is_empty() {
            return Err(fail("the certificate", certificate, "holds no CERTIFICATE block".into()));
        }
        let key = PrivateKeyDer::from_pem_file(key).map_err(|e| fail("the key", key, e.to_string()))?;
        Ok(Certificate { chain, key, self_made: false })
    }

    /// The one kept in `folder`, made at the first start. Its names do not matter much: people compare the fingerprint.
    pub fn self_made(folder: &Path, names: Vec<String>) -> Result<Self, TlsError> {
        let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
        if !certificate.exists() || !key.exists() {
            let mut params = CertificateParams::new(names)?;
            params.distinguished_name.push(DnType::CommonName, "Parlor");
            let key_pair = KeyPair::generate()?;
            let made = params.self_signed(&key_pair)?;
            keep(folder, &key, &key_pair.serialize_pem())?;
            keep(folder, &certificate, &made.pem())?;
        }
        Ok(Certificate { self_made: true, ..Certificate::load(&certificate, &key)? })
    }

    /// SHA-256, as browsers show it.
    pub fn fingerprint(&self) -> String {
        let digest = self.chain.first().map(Sha256::digest).unwrap_or_default();
        digest.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
    }

    /// Of the server's own certificate, the first one.
    pub fn expires_at(&self) -> Option<Millis> {
        expires_at(self.chain.first()?)
    }

    pub fn into_config(self) -> Result<ServerConfig, TlsError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        Ok(builder.with_no_client_auth().with_single_cert(self.chain, self.key)?)
    }
}

fn keep(folder: &Path, path: &Path, text: &str) -> Result<(), TlsError> {
    let write = || {
        fs::create_dir_all(folder)?;
        let mut file = fs::OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(path)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    };
    write().map_err(|e| TlsError::File { what: "cannot write", path: path.to_owned(), reason: e.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_self_made_certificate_is_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let make = || Certificate::self_made(folder.path(), vec!["localhost".into(), "127.0.0.1".into()]).unwrap();
        let first = make();
        assert_eq!(first.fingerprint(), make().fingerprint());
        assert_eq!(first.fingerprint().len(), 32 * 3 - 1);
        first.into_config().unwrap();
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = Certificate::load(Path::new("/nowhere/cert.pem"), Path::new("/nowhere/key.pem")).err().unwrap();
        assert!(error.to_string().contains("/nowhere/cert.pem"), "{error}");
    }
}
