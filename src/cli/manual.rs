//! `parlor manual`: what the packages install beside the program, made from the commands themselves.

use anyhow::{Context, Result};
use clap::{Args, Command, ValueEnum};
use clap_complete::Shell;
use std::fs::{self, DirBuilder, File};
use std::path::{Path, PathBuf};

#[derive(Args)]
pub struct Manual {
    /// Where to: it gets man1/parlor*.1, bash/parlor, zsh/_parlor, fish/parlor.fish
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
}

impl Manual {
    pub fn run(self, mut program: Command) -> Result<()> {
        program.build();
        let pages = self.folder("man1")?;
        page(&program, &pages)?;
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            let folder = self.folder(shell.to_possible_value().context("a shell without a name")?.get_name())?;
            let file = folder.join(match shell {
                Shell::Bash => "parlor",
                Shell::Zsh => "_parlor",
                _ => "parlor.fish",
            });
            let mut file = File::create(&file).with_context(|| format!("cannot write {}", file.display()))?;
            clap_complete::generate(shell, &mut program, "parlor", &mut file);
        }
        println!("Written to {}: manual pages (man1) and completions (bash, zsh, fish)", self.to.display());
        Ok(())
    }

    fn folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.to.join(name);
        let made = DirBuilder::new().recursive(true).create(&folder);
        made.with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(folder)
    }
}

/// One page for each command: `parlor-user-add(1)`.
fn page(command: &Command, folder: &Path) -> Result<()> {
    let name = command.get_display_name().unwrap_or(command.get_name());
    let mut text = Vec::new();
    let described = command.clone().version(env!("CARGO_PKG_VERSION"));
    let manual = clap_mangen::Man::new(described).manual("Parlor").date(env!("PARLOR_BUILD_DATE"));
    manual.render(&mut text).context("the page cannot be made")?;
    let file = folder.join(format!("{name}.1"));
    fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
    command.get_subcommands().try_for_each(|sub| page(sub, folder))
}
