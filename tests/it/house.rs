//! The house keeps its rules: who imports whom, who names SQL, the database and the web framework.

use std::fs;
use std::path::{Path, PathBuf};

/// Left may be imported by right, never the other way (ARCHITECTURE.md).
const ROOMS: &[&str] = &[
    "kernel",
    "vault",
    "bus",
    "db",
    "hub",
    "jobs",
    "control",
    "http",
    "socket",
    "post",
    "media",
    "identity",
    "hours",
    "channels",
    "customers",
    "quick_replies",
    "tags",
    "attachments",
    "conversations",
    "saved_views",
    "transfers",
    "reception",
    "prechat",
    "visitors",
    "console",
    "recording",
    "calls",
    "ratings",
    "search",
    "webhooks",
    "setup",
    "keys",
    "backup",
    "retention",
    "upkeep",
    "watch",
    "app",
    "bench",
    "cli",
];

fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    walk(&root, &mut files);
    let read = |path: PathBuf| {
        let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
        (name, fs::read_to_string(&path).unwrap())
    };
    files.into_iter().map(read).collect()
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, files);
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
}

/// The part of a file that ships: what comes before its tests.
fn product(source: &str) -> &str {
    source.split("#[cfg(test)]\nmod tests").next().unwrap_or(source)
}

fn room_of_file(name: &str) -> Option<&'static str> {
    let module = name.trim_end_matches(".rs").replace('/', "::");
    room_of(&module)
}

fn room_of(module: &str) -> Option<&'static str> {
    let inside = |room: &&&str| module == **room || module.starts_with(&format!("{room}::"));
    ROOMS.iter().filter(inside).max_by_key(|room| room.len()).copied()
}

/// Every `crate::a::b` of a source, `use crate::{a, b}` included.
fn imports(source: &str) -> Vec<String> {
    let code: Vec<&str> = product(source).lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        if let Some(list) = rest.strip_prefix('{') {
            let list = &list[..list.find("};").unwrap_or(list.len())];
            found.extend(list.split(',').map(|item| item.trim().to_owned()));
        } else {
            let path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
            found.push(rest.chars().take_while(|c| path(*c)).collect());
        }
    }
    found
}

fn wrong_imports(files: &[(String, String)]) -> Vec<String> {
    let rank = |room: &str| ROOMS.iter().position(|known| *known == room).unwrap();
    let mut wrong = Vec::new();
    for (name, source) in files {
        let Some(own) = room_of_file(name) else { continue };
        for import in imports(source) {
            if let Some(other) = room_of(&import)
                && rank(other) > rank(own)
            {
                wrong.push(format!("{name} ({own}) imports crate::{import}"));
            }
        }
    }
    wrong
}

#[test]
fn rooms_import_only_to_the_left() {
    let wrong = wrong_imports(&sources());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_import_to_the_right_is_noticed() {
    for bad in
        ["use crate::conversations::events;", "fn f() { crate::app::run() }", "use crate::{kernel::Ctx, socket};"]
    {
        let file = ("hub/feed.rs".to_owned(), bad.to_owned());
        assert_eq!(wrong_imports(&[file]).len(), 1, "{bad}");
    }
    let good =
        ("visitors/api.rs".to_owned(), "use crate::conversations::api; use crate::channels::Channel;".to_owned());
    assert!(wrong_imports(&[good]).is_empty());
    let bad = ("channels/access.rs".to_owned(), "use crate::visitors::api;".to_owned());
    assert_eq!(wrong_imports(&[bad]).len(), 1);
}

#[test]
fn every_folder_is_a_known_room() {
    let unknown: Vec<String> = sources()
        .into_iter()
        .map(|(name, _)| name)
        .filter(|name| name.contains('/') && room_of_file(name).is_none())
        .collect();
    assert!(unknown.is_empty(), "add the room to ROOMS and to ARCHITECTURE.md: {unknown:?}");
}

/// Files that match `wanted` outside of the places it belongs to.
fn strays(wanted: impl Fn(&str) -> bool, allowed: impl Fn(&str) -> bool) -> Vec<String> {
    let is_stray = |(name, source): &(String, String)| wanted(product(source)) && !allowed(name);
    sources().into_iter().filter(is_stray).map(|(name, _)| name).collect()
}

#[test]
fn sql_of_a_domain_lies_in_its_store() {
    let has_sql = |source: &str| {
        source
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .any(|line| ["SELECT ", "INSERT INTO", "UPDATE ", "DELETE FROM"].iter().any(|verb| line.contains(verb)))
    };
    let found = strays(has_sql, |name| name.starts_with("db/") || name.ends_with("store.rs"));
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn only_the_store_names_the_database() {
    let found = strays(|source| source.contains("rusqlite"), |name| name.starts_with("db/"));
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn only_doors_name_the_web_framework() {
    let is_door = |name: &str| {
        name.ends_with("api.rs")
            || name.contains("/api/")
            || name.ends_with("feature.rs")
            || name.starts_with("http/")
            || name.starts_with("socket/")
            || name == "app.rs"
    };
    let found = strays(|source| source.contains("actix_w"), is_door);
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn unsafe_code_lies_in_one_file() {
    let found = strays(
        |source| source.contains("unsafe {") || source.contains("unsafe fn"),
        |name| name == "db/page_cipher.rs",
    );
    assert!(found.is_empty(), "{found:?}");
}
