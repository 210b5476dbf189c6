//! Under systemd: what it is told, and when.

use crate::world::World;
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

/// What a server tells whoever supervises it.
struct Supervisor {
    socket: UnixDatagram,
    heard: Vec<String>,
}

impl Supervisor {
    fn of(world: &mut World, also: &[&str]) -> Supervisor {
        let path = world.data().with_file_name("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        world.wrapper = vec!["env".into(), format!("NOTIFY_SOCKET={}", path.display())];
        world.wrapper.extend(also.iter().map(|variable| (*variable).to_owned()));
        Supervisor { socket, heard: Vec::new() }
    }

    /// Reads until it is told this.
    fn is_told(&mut self, line: &str) {
        let mut message = [0; 4_096];
        while !self.heard.iter().any(|heard| heard == line) {
            let read = self.socket.recv(&mut message).unwrap_or_else(|_| panic!("not {line} but {:?}", self.heard));
            self.heard.extend(String::from_utf8_lossy(&message[..read]).lines().map(str::to_owned));
        }
    }
}

#[tokio::test]
async fn systemd_hears_ready_with_the_address_proofs_of_life_and_stopping() {
    let mut world = World::stopped(&[]);
    world.init();
    let mut supervisor = Supervisor::of(&mut world, &["WATCHDOG_USEC=10000000"]);
    world.start().await;
    supervisor.is_told("READY=1");
    let status = format!("STATUS=Serving {}", world.url);
    assert!(supervisor.heard.contains(&status), "{:?}", supervisor.heard);
    let answer = world.http.get(format!("{}/healthz", world.url)).send().await.unwrap();
    assert!(answer.status().is_success(), "whoever is told READY is answered");
    supervisor.is_told("WATCHDOG=1");
    world.tell_to_stop();
    supervisor.is_told("STOPPING=1");
    assert!(world.ended(Duration::from_secs(20)).await);
    assert!(!world.log().contains("no proof of life"), "{}", world.log());
}

/// What everybody on the machine may read must not let them in.
#[tokio::test]
async fn the_status_holds_no_set_up_link() {
    let mut world = World::stopped(&[]);
    let mut supervisor = Supervisor::of(&mut world, &[]);
    world.start().await;
    assert!(world.printed.contains("/setup#set_"), "{}", world.printed);
    supervisor.is_told("READY=1");
    assert!(!supervisor.heard.concat().contains("set_"), "{:?}", supervisor.heard);
}
