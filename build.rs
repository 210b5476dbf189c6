//! Tells the compiler where the built web is and what this build is called. Never runs npm.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    web();
    stamp();
}

/// `PARLOR_WEB_DIST` is the folder rust-embed reads: the built web, or stand-in pages that say it is
/// not there, so that a Rust-only `cargo build` works. `PARLOR_WEB_REQUIRED` makes its absence an
/// error: nothing we give away may lack it.
fn web() {
    println!("cargo:rerun-if-env-changed=PARLOR_WEB_REQUIRED");
    let dist = Path::new(&var("CARGO_MANIFEST_DIR")).join("web/dist");
    // Cargo would rebuild every time if the folder it watches did not exist. A read-only checkout
    // has either built its web or accepts that.
    let _ = fs::create_dir_all(&dist);
    println!("cargo:rerun-if-changed=web/dist");

    let built = dist.join("console/index.html").is_file();
    let folder = if built {
        dist
    } else {
        assert!(env::var_os("PARLOR_WEB_REQUIRED").is_none(), "web/dist is missing: run `make web` first");
        println!("cargo:warning=web/dist is missing: this binary only says so (`make web` builds it)");
        stand_in()
    };
    println!("cargo:rustc-env=PARLOR_WEB_DIST={}", folder.display());
}

const NOT_BUILT: &str = "<!doctype html>
<html lang=\"en\">
<meta charset=\"utf-8\">
<title>Parlor: web not built</title>
<h1>Web not built</h1>
<p>This binary was compiled without its web pages. Run <code>make web</code>, then build it again.</p>
</html>
";

/// The same addresses as the real thing, so that the server needs to know nothing of this.
fn stand_in() -> PathBuf {
    let folder = Path::new(&var("OUT_DIR")).join("web-not-built");
    for page in ["chat", "console", "api-docs"] {
        fs::create_dir_all(folder.join(page)).expect("OUT_DIR is writable");
        fs::write(folder.join(page).join("index.html"), NOT_BUILT).expect("OUT_DIR is writable");
    }
    let loader = "console.error('Parlor: web not built');\n";
    fs::write(folder.join("widget.js"), loader).expect("OUT_DIR is writable");
    folder
}

/// `PARLOR_COMMIT` and `PARLOR_BUILD_DATE`, for `parlor --version`. Only release builds follow the
/// repository's head; otherwise every commit would recompile everything that is being worked on.
fn stamp() {
    println!("cargo:rerun-if-env-changed=SOURCE_DATE_EPOCH");
    let release = var("PROFILE") == "release";
    let commit = if release {
        for file in ["HEAD", "logs/HEAD"] {
            if let Some(path) = git(&["rev-parse", "--git-path", file])
                && Path::new(&path).exists()
            {
                println!("cargo:rerun-if-changed={path}");
            }
        }
        git(&["rev-parse", "--short=10", "HEAD"]).unwrap_or_else(|| "unknown".into())
    } else {
        "dev".into()
    };
    let date = env::var("SOURCE_DATE_EPOCH")
        .ok()
        .map(|seconds| utc_date(seconds.parse().expect("SOURCE_DATE_EPOCH is in seconds")))
        .or_else(|| git(&["show", "--no-patch", "--format=%cs", "HEAD"]))
        .unwrap_or_else(|| "unknown".into());
    println!("cargo:rustc-env=PARLOR_COMMIT={commit}");
    println!("cargo:rustc-env=PARLOR_BUILD_DATE={date}");
}

fn git(args: &[&str]) -> Option<String> {
    let output = Command::new("git").args(args).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}

/// The civil date of a Unix time (Howard Hinnant's days algorithm): no dependency for one line.
fn utc_date(seconds: i64) -> String {
    let days = seconds.div_euclid(86_400) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

fn var(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("cargo sets {name}"))
}
