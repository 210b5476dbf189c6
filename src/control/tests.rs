use super::*;
use crate::kernel::Error;
use serde_json::json;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::mpsc;

fn at(done: u64) -> Progress {
    Progress { step: format!("step {done}"), done, total: 2, unit: Unit::Things }
}

fn commands() -> Vec<Command> {
    vec![
        Command::new("echo", |input, report| {
            report(at(1))?;
            report(at(2))?;
            Ok(input)
        }),
        Command::new("fail", |_, _| Err(Error::invalid("name", "required"))),
        Command::new("panic", |_, _| panic!("on purpose")),
    ]
}

fn refusal(outcome: Result<Value, Failure>) -> (String, String) {
    match outcome {
        Err(Failure::Refused { code, detail }) => (code, detail),
        other => panic!("not refused: {other:?}"),
    }
}

fn at_work(data: &std::path::Path) -> Server {
    Server::find(data).unwrap().expect("a server listens")
}

#[test]
fn a_command_reports_and_answers_and_a_failure_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let control = Control::start(folder.path(), commands()).unwrap();
    let mut seen = Vec::new();
    let answer = at_work(folder.path()).run("echo", json!({"a": 1}), |progress| seen.push(progress));
    assert_eq!((answer.unwrap(), seen), (json!({"a": 1}), vec![at(1), at(2)]));
    let run = |command| refusal(at_work(folder.path()).run(command, Value::Null, |_| ()));
    assert_eq!(run("fail"), ("input.invalid".into(), "please check: name (required)".into()));
    assert_eq!(run("panic").0, "server.error");
    assert_eq!(run("nonsense").0, "control.unknown");
    control.stop();
    assert!(Server::find(folder.path()).unwrap().is_none());
}

#[test]
fn rubbish_is_answered_and_a_crash_leaves_nothing_in_the_way() {
    let folder = tempfile::tempdir().unwrap();
    let left_over = std::os::unix::net::UnixListener::bind(folder.path().join("control.sock")).unwrap();
    drop(left_over);
    assert!(Server::find(folder.path()).unwrap().is_none(), "nobody listens there");
    let control = Control::start(folder.path(), commands()).unwrap();
    for rubbish in ["\n", "{}\n", "{\"command\":\"echo\",\"more\":1}\n", "\u{0}\u{1}\n"] {
        let mut stream = UnixStream::connect(folder.path().join("control.sock")).unwrap();
        stream.write_all(rubbish.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.contains("request.malformed"), "{rubbish:?}: {answer}");
    }
    control.stop();
}

/// A command that works until it is told to stop; then it tells why.
fn endless() -> (Command, mpsc::Receiver<&'static str>) {
    let (told, ended) = mpsc::channel();
    let work = move |_, report: Report<'_>| {
        for done in 0.. {
            if let Err(error) = report(at(done)) {
                told.send(error.code).unwrap();
                return Err(error);
            }
        }
        unreachable!()
    };
    (Command::new("endless", work), ended)
}

fn begin(folder: &std::path::Path) -> UnixStream {
    let mut stream = UnixStream::connect(folder.join("control.sock")).unwrap();
    stream.write_all(b"{\"command\":\"endless\"}\n").unwrap();
    stream.read_exact(&mut [0; 10]).unwrap();
    stream
}

#[test]
fn who_hangs_up_cancels_and_so_does_the_end_of_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let (command, ended) = endless();
    let control = Control::start(folder.path(), vec![command]).unwrap();
    drop(begin(folder.path()));
    assert_eq!(ended.recv().unwrap(), "control.cancelled");
    let mut waiting = begin(folder.path());
    let stopping = std::thread::spawn(move || control.stop());
    let mut rest = String::new();
    waiting.read_to_string(&mut rest).unwrap();
    assert_eq!(ended.recv().unwrap(), "server.unavailable");
    assert!(rest.contains("the server stops"), "{rest}");
    stopping.join().unwrap();
}

#[test]
fn a_folder_deep_down_has_a_socket_too_and_only_its_owner_may_use_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let deep: PathBuf = folder.path().join("a".repeat(90)).join("b".repeat(90));
    std::fs::create_dir_all(&deep).unwrap();
    let control = Control::start(&deep, commands()).unwrap();
    assert_eq!(at_work(&deep).run("echo", json!(7), |_| ()).unwrap(), 7);
    let mode = std::fs::metadata(deep.join("control.sock")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    control.stop();
    assert!(!deep.join("control.sock").exists());
}

#[test]
fn an_open_file_is_handed_over_with_a_request_of_any_length() {
    use std::io::Write as _;
    let folder = tempfile::tempdir().unwrap();
    let write = Command::with_file("write", |input, file, _| {
        let mut file = file.ok_or_else(|| Error::malformed("no file"))?;
        file.write_all(input.as_str().unwrap_or_default().as_bytes()).map_err(Error::internal)?;
        Ok(Value::Null)
    });
    let control = Control::start(folder.path(), vec![write]).unwrap();
    let path = folder.path().join("written");
    let file = std::fs::File::create(&path).unwrap();
    let long = "x".repeat(300_000);
    at_work(folder.path()).run_with("write", json!(long), Some(&file), |_| ()).unwrap();
    assert_eq!(std::fs::read_to_string(path).unwrap(), long);
    let without = refusal(at_work(folder.path()).run("write", json!("x"), |_| ()));
    assert_eq!(without.1, "no file");
    control.stop();
}
