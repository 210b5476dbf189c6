//! `parlor recording`: holding a recording that left the house against its proof. Needs no store, no key and no network.

use super::{Exit, plainly};
use crate::kernel::Millis;
use crate::recording::proof::{self, Verdict};
use anyhow::{Context, Result, ensure};
use clap::{Args, Subcommand};
use std::fs::{self, File};
use std::io::BufReader;
use std::path::PathBuf;

#[derive(Subcommand)]
pub enum Recording {
    /// Whether a recording is what was recorded, unedited; says what is not
    Verify(Verify),
}

#[derive(Args)]
pub struct Verify {
    /// The recording, a WebM as it was exported
    file: PathBuf,
    /// Its proof
    proof: PathBuf,
    /// The SHA-256 fingerprint of the organisation's key, as the organisation tells it
    #[arg(long, value_name = "HEX")]
    key: Option<String>,
}

/// It is not what was recorded.
const EDITED: u8 = 2;

impl Recording {
    pub fn run(self) -> Result<()> {
        match self {
            Recording::Verify(verify) => verify.run(),
        }
    }
}

impl Verify {
    fn run(self) -> Result<()> {
        let path = &self.proof;
        let bytes = fs::metadata(path).with_context(|| format!("the proof {}", path.display()))?.len();
        ensure!(bytes <= proof::PROOF_MAX, "the proof {} is longer than any proof", path.display());
        let proof = fs::read_to_string(path).with_context(|| format!("the proof {}", path.display()))?;
        let file = File::open(&self.file).with_context(|| format!("the recording {}", self.file.display()))?;
        let mut verdict = proof::verify(BufReader::new(file), &proof).map_err(plainly)?;
        if let Some(key) = self.key.filter(|key| !key.eq_ignore_ascii_case(&verdict.key_fingerprint)) {
            verdict.wrong.push(format!("it was signed by another key than {key}"));
        }
        show(&verdict);
        if verdict.wrong.is_empty() { Ok(()) } else { Err(Exit(EDITED).into()) }
    }
}

fn show(verdict: &Verdict) {
    let Verdict { recording, call, segments, duration_ms, .. } = verdict;
    println!(
        "{recording} of {call}, begun on {}: {segments} segments, {} s",
        Millis(verdict.began_at).date(),
        duration_ms / 1_000
    );
    for (at_ms, reason) in &verdict.pauses {
        println!("paused after {} s: {reason}", at_ms / 1_000);
    }
    if let Some(reason) = &verdict.end_reason {
        println!("ended: {reason}");
    }
    println!("signed by the key with the fingerprint {}", verdict.key_fingerprint);
    match verdict.wrong.is_empty() {
        true => println!("INTACT: this is what was recorded, unedited."),
        false => verdict.wrong.iter().for_each(|wrong| println!("NOT INTACT: {wrong}.")),
    }
}
