//! What a process did to its files, read from what strace wrote down.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// One call, from its beginning to its end (seconds since 1970).
pub struct Call {
    pub begun: f64,
    pub ended: f64,
    pub deed: Deed,
}

pub enum Deed {
    Open {
        path: PathBuf,
        creates: bool,
        empties: bool,
    },
    /// Without a place: after what was written before.
    Write {
        path: PathBuf,
        at: Option<usize>,
        bytes: Vec<u8>,
    },
    Truncate {
        path: PathBuf,
        size: usize,
    },
    Sync {
        path: PathBuf,
    },
    Rename {
        from: PathBuf,
        to: PathBuf,
    },
    Remove {
        path: PathBuf,
    },
}

impl Deed {
    pub fn paths(&self) -> Vec<&Path> {
        match self {
            Deed::Open { path, .. }
            | Deed::Write { path, .. }
            | Deed::Truncate { path, .. }
            | Deed::Sync { path }
            | Deed::Remove { path } => vec![path],
            Deed::Rename { from, to } => vec![from, to],
        }
    }
}

/// The calls that this module understands.
pub const CALLS: &str = "openat,write,pwrite64,ftruncate,fsync,fdatasync,rename,unlink";

/// All that succeeded, in the order of their beginnings.
pub fn calls(trace: &str) -> Vec<Call> {
    let (mut calls, mut waiting) = (Vec::new(), HashMap::<&str, (f64, String)>::new());
    for line in trace.lines() {
        let Some((pid, rest)) = line.trim().split_once(' ') else { continue };
        let Some((time, text)) = rest.trim().split_once(' ') else { continue };
        let Ok(time) = time.parse::<f64>() else { continue };
        if let Some(text) = text.strip_suffix(" <unfinished ...>") {
            waiting.insert(pid, (time, text.to_owned()));
        } else if text.starts_with("<... ") {
            let (Some((begun, first)), Some((_, last))) = (waiting.remove(pid), text.split_once("resumed>")) else {
                continue;
            };
            calls.extend(call(begun, time, &format!("{first}{last}")));
        } else {
            let took = text.rsplit_once('<').and_then(|(_, took)| took.trim_end_matches('>').parse::<f64>().ok());
            calls.extend(call(time, time + took.unwrap_or(0.0), text));
        }
    }
    // Those that never came back did begin.
    calls.extend(waiting.into_values().filter_map(|(begun, text)| call(begun, f64::INFINITY, &format!("{text}) = 0"))));
    calls.sort_by(|a, b| a.begun.total_cmp(&b.begun));
    calls
}

fn call(begun: f64, ended: f64, text: &str) -> Option<Call> {
    let (name, rest) = text.split_once('(')?;
    let (arguments, result) = rest.rsplit_once(") = ").or_else(|| rest.rsplit_once(" = "))?;
    if result.trim_start().starts_with('-') {
        return None;
    }
    assert!(!arguments.contains("\"..."), "strace cut a write short: half of it would be taken for the whole");
    let strings: Vec<Vec<u8>> = arguments.split('"').skip(1).step_by(2).map(unescaped).collect();
    let first_path = || strings.first().map(|bytes| PathBuf::from(String::from_utf8_lossy(bytes).into_owned()));
    let number = |text: &str| text.trim().trim_end_matches(')').trim().parse::<usize>().ok();
    let last = arguments.rsplit(',').next().and_then(number);
    let deed = match name.trim() {
        "openat" => Deed::Open {
            path: first_path()?,
            creates: arguments.contains("O_CREAT"),
            empties: arguments.contains("O_TRUNC"),
        },
        "write" => Deed::Write { path: open_path(arguments)?, at: None, bytes: strings.into_iter().next()? },
        "pwrite64" => Deed::Write { path: open_path(arguments)?, at: Some(last?), bytes: strings.into_iter().next()? },
        "ftruncate" => Deed::Truncate { path: open_path(arguments)?, size: last? },
        "fsync" | "fdatasync" => Deed::Sync { path: open_path(arguments)? },
        "rename" => Deed::Rename {
            from: first_path()?,
            to: PathBuf::from(String::from_utf8_lossy(strings.get(1)?).into_owned()),
        },
        "unlink" => Deed::Remove { path: first_path()? },
        _ => return None,
    };
    Some(Call { begun, ended, deed })
}

/// The file behind a descriptor, `7</path>`.
fn open_path(arguments: &str) -> Option<PathBuf> {
    let path = arguments.split_once('<')?.1.split_once('>')?.0;
    let path = if path.contains("\\x") { String::from_utf8(unescaped(path)).ok()? } else { path.to_owned() };
    Some(PathBuf::from(path.trim_end_matches(" (deleted)")))
}

/// `\x41\x42` is `AB`.
fn unescaped(text: &str) -> Vec<u8> {
    if !text.contains("\\x") {
        return text.as_bytes().to_vec();
    }
    text.split("\\x").skip(1).filter_map(|pair| u8::from_str_radix(pair.get(..2)?, 16).ok()).collect()
}
