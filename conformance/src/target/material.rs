//! Certificates and keys that the suite makes for the references it starts: one set a process, written into a
//! folder of each run.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};

use crate::Error;
use crate::peer::{Tls, Trust};

use super::auth::{Auth, AuthKey};
use super::signing::SigningKey;

/// Stands for the folder in configurations of the reference.
pub const PLACEHOLDER: &str = "{material}";

/// Name of the key that RS256 tokens are signed with.
const KEY: &str = "suite-1";

static MADE: LazyLock<Result<Made, String>> =
    LazyLock::new(|| Made::new().map_err(|error| error.to_string()));

struct Made {
    authority: String,
    files: Vec<(&'static str, String)>,
    /// The keys of `jwks.json`, with their names.
    keys: Vec<(&'static str, Arc<SigningKey>)>,
}

impl Made {
    fn new() -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let (authority, stranger) = (authority("Suite")?, authority("Stranger")?);
        let (good, good_key) = certificate(&authority, &["localhost", "127.0.0.1"], |_| {})?;
        let (strange, strange_key) = certificate(&stranger, &["localhost", "127.0.0.1"], |_| {})?;
        let (elsewhere, elsewhere_key) = certificate(&authority, &["elsewhere.example"], |_| {})?;
        let (expired, expired_key) = certificate(&authority, &["localhost", "127.0.0.1"], |params| {
            params.not_before = rcgen::date_time_ymd(2020, 1, 1);
            params.not_after = rcgen::date_time_ymd(2021, 1, 1);
        })?;
        let keys = vec![
            (KEY, Arc::new(SigningKey::rsa()?)),
            ("suite-2", Arc::new(SigningKey::rsa()?)),
            ("suite-ec", Arc::new(SigningKey::p256()?)),
            ("suite-ed", Arc::new(SigningKey::ed25519()?)),
        ];
        let public: Vec<Value> = keys.iter().map(|(name, key)| key.public(name)).collect();
        let set = json!({ "keys": public });
        Ok(Self {
            authority: authority.pem(),
            files: vec![
                ("good.pem", good),
                ("good.key", good_key),
                ("stranger.pem", strange),
                ("stranger.key", strange_key),
                ("elsewhere.pem", elsewhere),
                ("elsewhere.key", elsewhere_key),
                ("expired.pem", expired),
                ("expired.key", expired_key),
                ("jwks.json", set.to_string()),
                ("strangers.json", json!({"keys": [SigningKey::rsa()?.public(KEY)]}).to_string()),
            ],
            keys,
        })
    }
}

fn authority(name: &str) -> Result<CertifiedIssuer<'static, KeyPair>, rcgen::Error> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, format!("Tidegate {name} Authority"));
    CertifiedIssuer::self_signed(params, KeyPair::generate()?)
}

/// A certificate for `names` and its key, both PEM.
fn certificate(
    authority: &CertifiedIssuer<'static, KeyPair>,
    names: &[&str],
    change: impl FnOnce(&mut CertificateParams),
) -> Result<(String, String), rcgen::Error> {
    let mut params = CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())?;
    change(&mut params);
    let key = KeyPair::generate()?;
    Ok((params.signed_by(&key, authority)?.pem(), key.serialize_pem()))
}

fn made() -> Result<&'static Made, Error> {
    MADE.as_ref().map_err(|cause| Error::Data(format!("no keys and certificates could be made: {cause}")))
}

/// Writes everything into `folder`, which is made when it is not there.
pub fn write(folder: &Path) -> Result<(), Error> {
    let failed = |path: &Path, error: &std::io::Error| Error::Data(format!("{}: {error}", path.display()));
    std::fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
    for (name, text) in &made()?.files {
        let path = folder.join(name);
        std::fs::write(&path, text).map_err(|error| failed(&path, &error))?;
    }
    Ok(())
}

/// A certificate that is good, and its key.
pub(crate) fn good_certificate() -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), Error> {
    let text = |wanted: &str| {
        let files = &made()?.files;
        let found = files.iter().find(|(name, _)| *name == wanted);
        found.map(|(_, text)| text.as_bytes()).ok_or_else(|| Error::Data(format!("no {wanted} was made")))
    };
    let unreadable = |error: pem::Error| Error::Data(error.to_string());
    let chain = CertificateDer::pem_slice_iter(text("good.pem")?).collect::<Result<_, _>>();
    let key = PrivateKeyDer::from_pem_slice(text("good.key")?).map_err(unreadable)?;
    Ok((chain.map_err(unreadable)?, key))
}

/// Trust in the authority of the certificates, to be spoken with `host`.
pub(crate) fn tls(host: &str) -> Result<Tls, Error> {
    Tls::new(host, Trust::Authorities(made()?.authority.clone()))
        .map_err(|fault| Error::Data(fault.to_string()))
}

/// The keys of `jwks.json` in `folder` that sign by `algorithm`.
pub(super) fn auth(folder: Option<PathBuf>, algorithm: &str) -> Result<Auth, Error> {
    let keys = made()?.keys.iter().filter(|(_, key)| key.algorithm() == algorithm);
    Ok(Auth {
        required: true,
        keys: keys.map(|(id, key)| AuthKey { id: Some((*id).to_owned()), key: Arc::clone(key) }).collect(),
        published: folder.map(|folder| folder.join("jwks.json")),
        ..Auth::default()
    })
}

/// A key set with these keys added to it, or those of a name taken out.
pub fn edited_set(text: &str, add: Option<Value>, remove: Option<&str>) -> Option<String> {
    let mut set: Value = serde_json::from_str(text).ok()?;
    let keys = set.get_mut("keys")?.as_array_mut()?;
    keys.retain(|key| key.get("kid").and_then(Value::as_str).is_none_or(|kid| Some(kid) != remove));
    keys.extend(add);
    Some(set.to_string())
}
