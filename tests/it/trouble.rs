//! Short versions of what `make torture` does at length (`tests/faults`).

use crate::faults::report::Report;
use crate::faults::{
    backups, clock, disk, kill, lies, netns, network, overload, power, rotation, small as small_machine, syscalls,
};
use crate::history::Plan;
use crate::promise::small;
use std::time::{Duration, Instant};

#[track_caller]
fn held(report: &Report) {
    println!("{}: {:?}; not run: {:?}", report.name, report.figures, report.not_run);
    // How long things took is for `make torture` to judge: here others run at the same time.
    let broken: Vec<_> = report.violations.iter().filter(|what| !what.contains(" only after ")).collect();
    assert!(broken.is_empty(), "{broken:#?}");
}

/// Where what happens around them is the point.
fn few(seed: u64) -> Plan {
    Plan { visitors: 4, agents: 2, pace: Duration::from_millis(12), ..small(seed) }
}

/// None of it takes long by itself; beside the other tests, on a busy machine, it may.
fn soon() -> Instant {
    Instant::now() + Duration::from_secs(180)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kills_break_no_promise() {
    held(&kill::while_people_talk(&small(11), 8, soon()).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn between_any_two_system_calls_of_a_beginning_there_is_a_way_on() {
    held(&syscalls::of_beginnings(12, 5, soon()).await);
}

#[test]
fn between_any_two_system_calls_of_backup_restore_and_upgrade_all_is_old_or_new() {
    held(&backups::deaths(21, 3, soon()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_between_two_system_calls_breaks_no_promise() {
    held(&syscalls::while_people_talk(&few(13), 2, soon()).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_power_cut_leaves_everything_acknowledged_files_too() {
    held(&power::cuts(14, 6, 12, soon()).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_every_weather_everybody_has_heard_everything() {
    held(&network::weathers(&few(15), Duration::from_millis(500), 4, soon()).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_lie_of_a_server_is_found_out() {
    held(&lies::found_out(&small(16), Duration::from_millis(1_200)).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_with_much_to_open_forgets_nothing() {
    held(&kill::with_a_large_store(24 << 20, 2).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_in_trouble_gives_clear_answers_and_breaks_no_promise() {
    held(&disk::troubles(&few(17), 1, soon()).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_much_is_refused_in_clear_words_and_nothing_accepted_is_lost() {
    held(&overload::tenfold(Duration::from_secs(2)).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hundreds_come_back_at_once_and_hear_what_they_missed() {
    held(&overload::storm(18, 300).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_packets_vanish_tcp_notices_and_everybody_comes_back() {
    held(&netns::losses(&few(19), Duration::from_millis(700), soon()).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_jumps_bends_no_order() {
    held(&clock::jumps(&few(20), false).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn between_any_two_system_calls_of_a_change_of_keys_everything_opens() {
    held(&rotation::of_commands(21, 4, soon()).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_while_the_root_key_is_exchanged_breaks_no_promise() {
    held(&rotation::while_people_talk(&few(22), 3, soon()).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_power_cut_while_the_root_key_is_exchanged_loses_neither_words_nor_keys() {
    held(&power::cuts_during_rotation(23, 6, soon()).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_small_machine_refuses_what_does_not_fit_and_goes_on() {
    held(&small_machine::machine(200, 1).await);
}
