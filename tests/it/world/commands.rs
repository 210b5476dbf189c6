//! The command line, and what a command leaves behind.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The one that was built with the tests, or another one.
pub fn parlor() -> Command {
    let mut parlor =
        Command::new(std::env::var_os("PARLOR_BIN").unwrap_or_else(|| env!("CARGO_BIN_EXE_parlor").into()));
    // Tests run side by side.
    parlor.env("PARLOR_CALLS_LISTEN", "127.0.0.1:0");
    parlor
}

pub struct Printed {
    pub success: bool,
    pub text: String,
}

/// Runs a command to its end; what it printed on both channels.
pub fn run_with_input(mut command: Command, input: &str) -> Printed {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // It may end without reading.
    let _ = child.stdin.take().unwrap().write_all(format!("{input}\n").as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    Printed { success: output.status.success(), text: String::from_utf8_lossy(&text).into_owned() }
}

/// Bytes of every file below a folder. A socket has none.
pub fn files_below(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_below(&path));
        } else if path.is_file() {
            found.push((path.clone(), std::fs::read(&path).unwrap()));
        }
    }
    found
}
