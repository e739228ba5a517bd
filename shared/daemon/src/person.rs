//! A person's key: in a file that its owner carries, never in a station's directory, and never with a name.

use std::path::Path;

use fengsui_model::Citation;
use fengsui_wire::{Act, Endorsement, NetworkId, PublicKey, StationKey};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::failure::{Code, Failure};

/// What a person is asked to sign, as the station hands it to the person's own program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToSign {
    /// Of which network.
    pub network: String,
    /// Number of the act.
    pub act: u8,
    /// Report id.
    pub report: String,
    /// Revision of the report, or number of the submission.
    pub revision: u32,
    /// Hash of the body.
    pub body: String,
}

/// A person's key and signature, as they go back to the station.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// The key.
    pub key: String,
    /// The signature.
    pub signature: String,
}

impl ToSign {
    /// For `cites` under `act` in `network`.
    pub fn new(network: NetworkId, act: Act, cites: &Citation) -> Self {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Self {
            network: network.to_string(),
            act: act as u8,
            report: hex(&cites.report),
            revision: cites.revision,
            body: hex(&cites.body),
        }
    }

    /// What it cites.
    ///
    /// # Errors
    /// When it does not read.
    pub fn cites(&self) -> Result<Citation, Failure> {
        let wrong = |_| Failure::new(Code::Failed, "failed to read what is to be signed");
        let report: fengsui_wire::ReportId = self.report.parse().map_err(wrong)?;
        let body: fengsui_wire::Hash = self.body.parse().map_err(wrong)?;
        Ok(Citation { report: report.0, revision: self.revision, body: body.0 })
    }

    /// Signs it with the key in `file`.
    ///
    /// # Errors
    /// When the file does not hold a key, or the station asked for something that does not read.
    pub fn signed(&self, file: &Path) -> Result<Signed, Failure> {
        let key = read(file)?;
        let wrong = || Failure::new(Code::Failed, "failed to read what is to be signed");
        let network = self.network.parse().map_err(|_| wrong())?;
        let act = Act::from_byte(self.act).ok_or_else(wrong)?;
        let endorsement = Endorsement::sign(&key, network, act, &self.cites()?);
        Ok(Signed { key: endorsement.key.to_string(), signature: endorsement.signature.to_string() })
    }
}

impl Signed {
    /// As it is logged.
    ///
    /// # Errors
    /// When key or signature do not read.
    pub fn endorsement(&self) -> Result<Endorsement, Failure> {
        let wrong = |error: fengsui_wire::HexError| Failure::caused(Code::Usage, &error);
        Ok(Endorsement {
            key: self.key.parse().map_err(wrong)?,
            signature: self.signature.parse().map_err(wrong)?,
        })
    }
}

/// Makes a new key in `file`, which must not be there yet; its public half.
///
/// # Errors
/// When the file is there, or cannot be written.
pub fn make(file: &Path) -> Result<PublicKey, Failure> {
    if file.exists() {
        let message =
            format!("{} 已存在，不覆盖 (failed to make a key: the file is there already)", file.display());
        return Err(Failure::new(Code::Usage, message));
    }
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *seed)
        .map_err(|error| Failure::new(Code::Failed, format!("failed to draw a key: {error}")))?;
    let hex: Zeroizing<String> = Zeroizing::new(seed.iter().map(|byte| format!("{byte:02x}")).collect());
    crate::home::write_private(file, hex.as_bytes()).map_err(|error| {
        Failure::new(Code::Unavailable, format!("failed to write {}: {error}", file.display()))
    })?;
    Ok(StationKey::from_seed(&seed).public())
}

fn read(file: &Path) -> Result<StationKey, Failure> {
    let wrong = |what: &dyn std::fmt::Display| {
        let file = file.display();
        Failure::new(Code::Usage, format!("{file} 不是密钥文件 (failed to read the key file: {what})"))
    };
    let text = Zeroizing::new(std::fs::read_to_string(file).map_err(|error| wrong(&error))?);
    let seed: fengsui_wire::Hash =
        text.trim().parse().map_err(|error: fengsui_wire::HexError| wrong(&error))?;
    let seed = Zeroizing::new(seed.0);
    Ok(StationKey::from_seed(&seed))
}
