//! The lines, and where they go through.

use crate::kernel::Error;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

/// What a line may be long; longer ones are damage or an attack.
pub(super) const LINE_MAX: u64 = 1 << 20;
const FILE: &str = "control.sock";
/// A socket's path has room for so many bytes.
const PATH_MAX: usize = 100;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    pub command: String,
    #[serde(default)]
    pub input: Value,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line {
    Progress(Progress),
    Done(Value),
    Failed { code: String, detail: String },
}

/// How far a piece of work is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Progress {
    /// What is being done, in a few words: "copying attachments".
    pub step: String,
    pub done: u64,
    /// Of how many; 0: nobody knows.
    pub total: u64,
    pub unit: Unit,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    Bytes,
    Things,
}

impl Line {
    pub(super) fn of(error: &Error) -> Line {
        let fields: Vec<String> = error.fields.iter().map(|f| format!("{} ({})", f.field, f.code)).collect();
        let detail = match (&error.internal, fields.is_empty()) {
            // Who asks here may read the log too.
            (Some(internal), _) => format!("{} [{internal}]", error.detail),
            (None, true) => error.detail.to_string(),
            (None, false) => format!("please check: {}", fields.join(", ")),
        };
        Line::Failed { code: error.code.into(), detail }
    }
}

/// The socket of a data folder, under a name that is short enough for one. It holds as long as the folder is open.
pub(super) struct Address {
    pub path: PathBuf,
    _folder: File,
}

impl Address {
    pub(super) fn of(data: &Path) -> io::Result<Address> {
        let folder = File::open(data)?;
        let direct = data.join(FILE);
        let path = match direct.as_os_str().len() <= PATH_MAX {
            true => direct,
            false => PathBuf::from(format!("/proc/self/fd/{}", folder.as_raw_fd())).join(FILE),
        };
        Ok(Address { path, _folder: folder })
    }
}
