//! What a command has begun and will not finish, since somebody ended it.

use anyhow::{Context, Result};
use std::fs;
use std::io;
use std::path::Path;
use tokio::signal::unix::{SignalKind, signal};

/// What a shell says of a command that ended by Ctrl-C.
const ENDED: i32 = 130;
/// While it is removed, somebody may still put something into a folder.
const TRIES: usize = 20;

/// From here on Ctrl-C and SIGTERM end this process at once and remove `path`, a file or a folder: the half of it is of no use to
/// anybody. SIGHUP is left as it is, since `nohup` wants it to do nothing.
pub fn goes_with_us(path: &Path) -> Result<()> {
    let path = path.to_owned();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().context("no runtime")?;
    let (ready, listens) = std::sync::mpsc::channel();
    let listen = async move {
        let told = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
        let (Ok(mut interrupt), Ok(mut terminate)) = told else { return };
        // Whoever asked for this waits until it holds.
        let _ = ready.send(());
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        end(&path);
    };
    std::thread::Builder::new().name("signals".into()).spawn(move || runtime.block_on(listen))?;
    listens.recv().context("signals cannot be heard")
}

fn end(path: &Path) -> ! {
    let mut last = Ok(());
    for _ in 0..TRIES {
        last = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        match &last {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {}
            _ => break,
        }
    }
    match last {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            eprintln!("parlor: ended before it was done; {} stays behind: {error}", path.display());
        }
        _ => eprintln!("parlor: ended before it was done; nothing of it is left"),
    }
    std::process::exit(ENDED)
}
