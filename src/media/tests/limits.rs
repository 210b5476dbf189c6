use super::browser::Browser;
use super::{House, wait};
use crate::media::{MediaError, Told};
use std::time::Duration;

#[test]
fn more_calls_and_more_legs_than_allowed_are_refused_and_who_is_in_stays() {
    let house = House::with(|settings| (settings.calls_max, settings.legs_max) = (2, 2));
    let mut first = Browser::join(&house, 1, 10);
    first.asks(&house, 1, 10).unwrap();
    let mut other = Browser::new(house.media.address());
    other.asks(&house, 1, 11).unwrap();
    assert_eq!(other.asks(&house, 1, 12), Err(MediaError::LegsFull));
    other.asks(&house, 2, 20).unwrap();
    assert_eq!(other.asks(&house, 3, 30), Err(MediaError::CallsFull));
    house.media.leave(2, 20);
    other.asks(&house, 3, 30).unwrap();
    first.says(b"still there");
}

#[test]
fn a_leg_of_which_nothing_is_heard_is_interrupted_and_comes_back() {
    let house = House::open();
    let mut ann = Browser::join(&house, 1, 10);
    std::thread::park_timeout(Duration::from_millis(6_500));
    assert!(house.was_told(Told::Interrupted { call: 1, leg: 10 }), "{:?}", house.told.lock());
    house.told.lock().clear();
    ann.socket.send(&ann.caller.check()).unwrap();
    ann.look();
    assert!(house.was_told(Told::Connected { call: 1, leg: 10 }));
}

#[test]
fn after_the_end_orders_are_answered_and_nobody_waits() {
    let house = House::open();
    house.media.stop();
    let answer = wait(house.media.join(1, 1, crate::media::LegRole::Talks, String::new()));
    assert_eq!(answer, Err(MediaError::Stopped));
    house.media.close(1);
}

fn resident_kb() -> i64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(1).unwrap().parse::<i64>().unwrap() * 4
}

/// By the process's own size, so alone: `cargo test --lib -- --ignored a_thousand_calls`.
#[test]
#[ignore = "takes a minute, and other tests at the same time would be measured with it"]
fn a_thousand_calls_leave_no_memory_behind() {
    let house = House::open();
    let round = |calls: std::ops::Range<i64>| {
        for call in calls {
            let (mut ann, mut bob) = (Browser::join(&house, call, 2 * call), Browser::join(&house, call, 2 * call + 1));
            house.media.show(call, 2 * call + 1, vec![super::shown(0, 2 * call)]);
            (0..5).for_each(|n| ann.shows(crate::media::TrackKind::Camera, n == 0, &[7; 1_000]));
            bob.look();
            house.media.close(call);
        }
    };
    round(0..200);
    let before = resident_kb();
    round(200..1_200);
    let grown = resident_kb() - before;
    println!("{grown} kB more after 1,000 calls");
    assert!(grown < 2_000, "{grown} kB");
}

#[test]
#[ignore = "by the process's own size, so alone"]
fn an_idle_leg_takes_no_more_than_a_quarter_of_a_megabyte() {
    let house = House::with(|settings| settings.calls_max = 200);
    let open = |calls: std::ops::Range<i64>| calls.map(|call| Browser::join(&house, call, call)).collect::<Vec<_>>();
    let _warm = open(0..20);
    let before = resident_kb();
    let legs = open(20..120);
    // The callers' own halves are counted too.
    let each = (resident_kb() - before) / legs.len() as i64;
    println!("{each} kB for a leg and its caller");
    assert!(each <= 250, "{each} kB");
}
