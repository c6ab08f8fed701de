//! The certificates of the TLS port (protocol §7.2): an authority that lives as long as this program, the
//! port's own certificate, and the merchant's client certificate in the files that WeChat Pay gives a
//! merchant.
//!
//! WeChat Pay asks each caller for a certificate and lets those in who have none: only the refund needs one.
//! So does this port.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio_rustls::TlsAcceptor;

/// The authority, for callers that verify the port.
pub(crate) const AUTHORITY_FILE: &str = "rootca.pem";
/// The merchant's certificate and its key, by WeChat Pay's names.
pub(crate) const CERTIFICATE_FILE: &str = "apiclient_cert.pem";
pub(crate) const KEY_FILE: &str = "apiclient_key.pem";

/// Makes the certificates, writes those of the merchant into the folder, and returns what accepts
/// connections.
pub(crate) fn acceptor(folder: &Path) -> Result<TlsAcceptor, String> {
    made(folder).map_err(|why| format!("the certificates of the TLS port, in {}: {why}", folder.display()))
}

fn made(folder: &Path) -> Result<TlsAcceptor, String> {
    let authority_key = KeyPair::generate().map_err(|error| error.to_string())?;
    let mut authority = named("Simulator test authority", &[])?;
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    let root = authority.self_signed(&authority_key).map_err(|error| error.to_string())?;
    let issuer = Issuer::new(authority, authority_key);
    let issued = |name: &str, hosts: &[&str], usage| {
        let key = KeyPair::generate().map_err(|error| error.to_string())?;
        let mut leaf = named(name, hosts)?;
        leaf.extended_key_usages = vec![usage];
        let certificate = leaf.signed_by(&key, &issuer).map_err(|error| error.to_string())?;
        Ok::<_, String>((certificate, key))
    };
    let (port, port_key) =
        issued("Simulator of WeChat Pay", &["127.0.0.1", "localhost"], ExtendedKeyUsagePurpose::ServerAuth)?;
    let (client, client_key) = issued("Merchant of the simulator", &[], ExtendedKeyUsagePurpose::ClientAuth)?;

    fs::create_dir_all(folder).map_err(|error| error.to_string())?;
    for (file, text) in [
        (AUTHORITY_FILE, root.pem()),
        (CERTIFICATE_FILE, client.pem()),
        (KEY_FILE, client_key.serialize_pem()),
    ] {
        fs::write(folder.join(file), text).map_err(|error| format!("{file}: {error}"))?;
    }
    let root: CertificateDer<'static> = root.der().clone();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(port_key.serialize_der()));
    config(root, vec![port.der().clone()], key)
}

fn named(name: &str, hosts: &[&str]) -> Result<CertificateParams, String> {
    let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
    let mut params = CertificateParams::new(hosts).map_err(|error| error.to_string())?;
    params.distinguished_name.push(DnType::CommonName, name);
    Ok(params)
}

fn config(
    root: CertificateDer<'static>,
    own: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<TlsAcceptor, String> {
    let provider = Arc::new(ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(root).map_err(|error| error.to_string())?;
    let clients = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .allow_unauthenticated()
        .build()
        .map_err(|error| error.to_string())?;
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_client_cert_verifier(clients)
        .with_single_cert(own, key)
        .map_err(|error| error.to_string())?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
