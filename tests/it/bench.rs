//! The load generator, against a server of its own and a running one.

use crate::world::{Agent, OWNER, PATIENCE, Printed, World, parlor, run_with_input};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

fn bench(arguments: &[&str]) -> Command {
    let mut command = parlor();
    command.arg("bench").args(arguments).env_remove("PARLOR_BENCH_TOKEN");
    command
}

/// Runs it to a good end; what `--json -` said.
fn report(mut command: Command) -> Value {
    command.args(["--json", "-"]);
    let printed = run_with_input(command, "");
    assert!(printed.success, "{}", printed.text);
    serde_json::from_str(&printed.text).unwrap_or_else(|error| panic!("{error}: {}", printed.text))
}

fn refused(command: Command) -> String {
    let Printed { success, text } = run_with_input(command, "");
    assert!(!success, "{text}");
    text
}

/// Every message of every run was stored, delivered once, in order.
fn is_whole(report: &Value) {
    for run in report["runs"].as_array().unwrap() {
        for nothing in ["lost", "undelivered", "unsent", "duplicates", "gaps"] {
            assert_eq!(run[nothing], 0, "{nothing} in {run}");
        }
        assert_eq!((run["refused"].to_string(), run["closed"].to_string()), ("{}".into(), "{}".into()));
        assert_eq!((&run["acknowledged"], &run["delivered"]), (&run["sent"], &run["sent"]));
        assert_eq!(run["acknowledged_latency"]["count"], run["sent"]);
    }
}

const SMALL: [&str; 4] = ["--visitors", "6", "--agents", "2"];

#[tokio::test]
async fn a_rate_against_a_server_of_its_own_twice_on_one_folder() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().to_str().unwrap();
    let page = folder.path().join("report.html");
    let mut first = bench(&["rate", "--rate", "40,80", "--seconds", "1", "--warm-up", "1", "--data", data]);
    first.args(SMALL).arg("--html").arg(&page);
    let found = report(first);
    is_whole(&found);
    assert_eq!((&found["runs"][0]["sent"], &found["runs"][1]["sent"]), (&40.into(), &80.into()));
    assert_eq!(found["runs"][1]["offered_per_s"], 80.0);
    assert!(found["runs"][0]["delivered_latency"]["p50_ms"].as_f64().unwrap() > 0.0);
    assert!(found["runs"][0]["server_memory"]["rss_bytes"].as_u64().unwrap() > 1 << 20);
    assert!(found["machine"]["syncs_per_s"].as_f64().unwrap() > 0.0);
    assert!(std::fs::read_to_string(page).unwrap().contains("<svg"));
    is_free(folder.path());
    let mut again = bench(&["rate", "--rate", "40", "--seconds", "1", "--warm-up", "0", "--data", data]);
    again.args(["--visitors", "4", "--agents", "4", "--agents-per-channel", "2"]);
    let fan_out = report(again);
    // Each message to two agents.
    assert_eq!(fan_out["runs"][0]["acknowledged"], 40);
    assert_eq!(fan_out["runs"][0]["delivered"], 80);
    assert_eq!(fan_out["runs"][0]["undelivered"], 0);
}

#[tokio::test]
async fn the_other_kinds_of_load() {
    let mut full = bench(&["saturate", "--window", "2", "--seconds", "1", "--warm-up", "0", "--bare"]);
    full.args(SMALL);
    let full = report(full);
    let which: Vec<&Value> = full["runs"].as_array().unwrap().iter().map(|run| &run["of"]).collect();
    assert_eq!(which, ["product", "bare"]);
    assert!(full["ratio"]["ratio"].as_f64().unwrap() > 0.0, "{}", full["ratio"]);
    assert!(full["runs"].as_array().unwrap().iter().all(|run| run["lost"] == 0 && run["gaps"] == 0));

    let mut ramp = bench(&["ramp", "--from", "20", "--to", "30", "--seconds", "1", "--p99", "60000"]);
    ramp.args(SMALL);
    let ramp = report(ramp);
    assert_eq!((&ramp["knee"]["rate_per_s"], ramp["runs"].as_array().unwrap().len()), (&30.0.into(), 2));

    let idle = report(bench(&["idle", "--connections", "30", "--seconds", "1", "--tls"]));
    assert_eq!((&idle["idle"]["connections"], &idle["server"]["tls"]), (&30.into(), &true.into()));
    let again = report(bench(&["reconnect", "--connections", "30"]));
    assert_eq!(again["reconnect"]["connections"], 30);
    assert!(again["reconnect"]["all_s"].as_f64().unwrap() > 0.0);
}

#[tokio::test]
async fn a_store_with_a_past_is_opened_and_searched_meanwhile() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().to_str().unwrap();
    let past = |messages| {
        let mut command = bench(&["rate", "--rate", "40", "--seconds", "1", "--warm-up", "0", "--data", data]);
        command.args(SMALL).args(["--history", messages]);
        command
    };
    let found = report(past("600"));
    is_whole(&found);
    assert_eq!((&found["history"]["messages"], &found["history"]["conversations"]), (&600.into(), &12.into()));
    assert_eq!(found["history"]["failed"], 0);
    assert!(found["history"]["opening"]["count"].as_u64().unwrap() > 0);
    assert!(found["history"]["search"]["count"].as_u64().unwrap() > 0);
    is_whole(&report(past("600")));
    assert!(refused(past("700")).contains("600 messages for 6 visitors and 2 channels"));
}

const ROOMY: &str = "new_visitors = { times = 1000, seconds = 1 }";

async fn owners_token(world: &World) -> String {
    Agent::sign_in(world, OWNER).await.program().await.0.secret
}

#[tokio::test]
async fn a_running_server_gets_guests_who_leave_again() {
    let world = World::limited(ROOMY).await;
    let token = owners_token(&world).await;
    let file = world.data().join("token");
    std::fs::write(&file, format!("{token}\n")).unwrap();
    let mut command = bench(&["rate", "--url", &world.url, "--rate", "40", "--seconds", "1", "--warm-up", "0"]);
    command.args(SMALL).arg("--token-file").arg(&file);
    let found = report(command);
    is_whole(&found);
    assert_eq!((&found["server"]["own"], &found["runs"][0]["server_cpu_s"]), (&false.into(), &Value::Null));
    nobody_stays(&world).await;
}

async fn nobody_stays(world: &World) {
    let owner = world.owner().await;
    for list in ["/users", "/channels"] {
        let items = owner.get(list).await.ok(200)["items"].as_array().unwrap().clone();
        let guests: Vec<&Value> =
            items.iter().filter(|item| item["name"].as_str().unwrap().starts_with("Bench")).collect();
        assert_eq!(guests.len(), 2, "{list}");
        assert!(guests.iter().all(|guest| guest["active"] == false), "{guests:?}");
    }
}

#[tokio::test]
async fn limits_of_a_running_server_are_explained() {
    let world = World::new().await;
    let token = owners_token(&world).await;
    let with = |arguments: &[&str]| {
        let mut command = bench(&["rate", "--url", &world.url, "--seconds", "1", "--warm-up", "0"]);
        command.args(arguments).env("PARLOR_BENCH_TOKEN", &token);
        command
    };
    let visitors = refused(with(&["--visitors", "40", "--agents", "2"]));
    assert!(visitors.contains("new_visitors = { times = 40, seconds = 1 }"), "{visitors}");
    nobody_stays(&world).await;

    let world = World::limited(ROOMY).await;
    let token = owners_token(&world).await;
    let mut fast = bench(&["rate", "--url", &world.url, "--seconds", "2", "--warm-up", "0", "--rate", "200"]);
    fast.args(SMALL).env("PARLOR_BENCH_TOKEN", &token);
    let Printed { success, text } = run_with_input(fast, "");
    assert!(success && text.contains("refused as rate.limited") && text.contains("visitor_messages"), "{text}");
}

#[tokio::test]
async fn wrong_use_is_told_apart() {
    let world = World::new().await;
    let lin = world.hire("Lin", "agent").await.program().await.0.secret;
    let at = |arguments: &[&str], token: &str| {
        let mut command = bench(&["rate", "--url", &world.url]);
        command.args(arguments).env("PARLOR_BENCH_TOKEN", token);
        refused(command)
    };
    assert!(at(&[], &lin).contains("must be an administrator's"), "{}", at(&[], &lin));
    assert!(at(&[], "plt_unknown").contains("not known to this server"));
    assert!(at(&[], "secret").contains("no API token"));
    assert!(refused(bench(&["rate", "--url", &world.url])).contains("--token-file"));
    let mut nobody = bench(&["rate", "--url", "http://127.0.0.1:9"]);
    nobody.env("PARLOR_BENCH_TOKEN", "plt_x");
    assert!(refused(nobody).contains("127.0.0.1:9"));
    assert!(refused(bench(&["rate", "--agents", "3", "--agents-per-channel", "2"])).contains("do not divide"));
    assert!(refused(bench(&["rate", "--rate", "0"])).contains("messages a second"));
    assert!(refused(bench(&["ramp", "--from", "9", "--to", "8"])).contains("above"));
    assert!(refused(bench(&["idle", "--url", &world.url])).contains("cannot be read"));
    // Somebody's real data, and a folder that is served.
    let parent = world.data().parent().unwrap().to_owned();
    let mut foreign = bench(&["rate", "--data"]);
    foreign.arg(&parent);
    assert!(refused(foreign).contains("a running Parlor holds"));
    let mut world = world;
    world.stop();
    let mut foreign = bench(&["rate", "--data"]);
    foreign.arg(&parent);
    assert!(refused(foreign).contains("holds the data of \"Acme\""));
}

/// A run of so many seconds, once it is under way.
fn under_way(folder: &Path, report: &Path, seconds: &str) -> Child {
    let mut command = bench(&["rate", "--rate", "100", "--seconds", seconds, "--warm-up", "0", "--data"]);
    command.arg(folder).args(SMALL).arg("--json").arg(report);
    let bench = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let wal = folder.join("data/parlor.db-wal");
    eventually(|| std::fs::metadata(&wal).is_ok_and(|file| file.len() > 2 << 20));
    bench
}

fn eventually(mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE * 2, "waited too long");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Nobody serves this folder any more.
fn is_free(folder: &Path) {
    eventually(|| {
        let list = parlor().args(["user", "list", "--data"]).arg(folder.join("data")).output().unwrap();
        list.status.success()
    });
}

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_raw(child.id() as i32).unwrap(), signal).unwrap();
}

#[test]
fn ctrl_c_tells_what_was_measured_and_leaves_no_server() {
    let folder = TempDir::new().unwrap();
    let told = folder.path().join("report.json");
    let bench = under_way(folder.path(), &told, "600");
    signal(&bench, Signal::INT);
    let report = ended(bench, &told);
    assert_eq!((&report["interrupted"], &report["runs"][0]["lost"]), (&true.into(), &0.into()));
    assert!(report["runs"][0]["acknowledged"].as_u64().unwrap() > 0);
    is_free(folder.path());
}

/// What a run that ends by itself has written.
fn ended(mut bench: Child, told: &Path) -> Value {
    eventually(|| bench.try_wait().unwrap().is_some());
    assert!(bench.wait().unwrap().success());
    serde_json::from_slice(&std::fs::read(told).unwrap()).unwrap()
}

#[test]
fn a_standstill_is_charged_to_every_message_that_was_due_in_it() {
    let folder = TempDir::new().unwrap();
    let told = folder.path().join("report.json");
    let bench = under_way(folder.path(), &told, "4");
    signal(&bench, Signal::STOP);
    // Until after the end of the measured time: the hole is open at one side.
    std::thread::sleep(Duration::from_secs(5));
    signal(&bench, Signal::CONT);
    let run = &ended(bench, &told)["runs"][0];
    assert_eq!((&run["sent"], &run["acknowledged"]), (&400.into(), &400.into()), "{run}");
    let longest = run["acknowledged_latency"]["max_ms"].as_f64().unwrap();
    let late = run["generator_late"]["max_ms"].as_f64().unwrap();
    assert!(late > 1_000.0 && longest > late, "{late} {longest}");
}

#[test]
fn a_killed_bench_takes_its_server_along() {
    let folder = TempDir::new().unwrap();
    let mut bench = under_way(folder.path(), &folder.path().join("report.json"), "600");
    signal(&bench, Signal::KILL);
    bench.wait().unwrap();
    is_free(folder.path());
}
