//! Packets that vanish: the server in a network namespace of its own, with nft between it and the people. TCP has to notice by
//! itself.

use super::kill::CONVERGENCE_MAX;
use super::report::{Report, ms};
use crate::history::{Crowd, Dice, Doors, Plan};
use crate::world::{OPEN_DOORS, World};
use std::process::Command;
use std::time::{Duration, Instant};

/// What nft does with packets, by the hook it does it at.
const LOSSES: [(&str, &[&str]); 4] = [
    ("partition", &["input drop", "output drop"]),
    ("loses what clients say", &["input drop"]),
    ("loses what the server says", &["output drop"]),
    ("resets", &["input reject with tcp reset"]),
];

/// Removed when dropped.
struct Namespace {
    name: String,
    /// `10.213.n.`
    net: String,
}

fn succeeds(command: &str) -> bool {
    let mut words = command.split(' ');
    let run = Command::new(words.next().unwrap_or("")).args(words).output();
    run.is_ok_and(|output| output.status.success())
}

impl Namespace {
    fn new() -> Option<Namespace> {
        let id = std::process::id();
        let namespace = Namespace { name: format!("parlor-{id}"), net: format!("10.213.{}.", id % 250) };
        let Namespace { name, net } = &namespace;
        let (outside, inside) = (format!("pa{id}"), format!("pb{id}"));
        let steps = [
            format!("ip netns add {name}"),
            format!("ip link add {outside} type veth peer name {inside} netns {name}"),
            format!("ip addr add {net}1/30 dev {outside}"),
            format!("ip link set {outside} up"),
            format!("ip netns exec {name} ip addr add {net}2/30 dev {inside}"),
            format!("ip netns exec {name} ip link set {inside} up"),
            format!("ip netns exec {name} ip link set lo up"),
        ];
        steps.iter().all(|step| succeeds(step)).then_some(namespace)
    }

    fn lose(&self, rules: &[&str]) -> bool {
        let mut set = "add table inet storm;".to_owned();
        for rule in rules {
            let (hook, verdict) = rule.split_once(' ').unwrap_or((rule, "drop"));
            set += &format!("add chain inet storm {hook} {{ type filter hook {hook} priority 0; }};");
            set += &format!("add rule inet storm {hook} meta l4proto tcp {verdict};");
        }
        let nft = Command::new("ip").args(["netns", "exec", &self.name, "nft", &set]).output();
        nft.is_ok_and(|output| output.status.success())
    }

    fn heal(&self) {
        succeeds(&format!("ip netns exec {} nft delete table inet storm", self.name));
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // Its end of the cable goes with it, and with that the other one.
        succeeds(&format!("ip netns del {}", self.name));
    }
}

pub async fn losses(plan: &Plan, storm: Duration, until: Instant) -> Report {
    let mut report = Report::of("packets");
    let Some(namespace) = Namespace::new() else {
        report.not_run.push("vanishing packets: not root, or no network namespaces".to_owned());
        return report;
    };
    let address = format!("{}2:8080", namespace.net);
    let mut world = World::stopped(&["--listen", &address]);
    // Plain HTTP on an address that is not loopback is spoken to proxies only.
    world.configure(&format!("behind_proxy = [\"{}0/30\"]\n{OPEN_DOORS}", namespace.net));
    world.init();
    world.wrapper = ["ip", "netns", "exec", &namespace.name].map(str::to_owned).to_vec();
    world.start().await;
    let token = world.owners_token().await;
    let (mut dice, mut messages, mut longest) = (Dice::new(plan.seed), 0, Duration::ZERO);
    for (name, rules) in LOSSES {
        if Instant::now() > until {
            report.not_run.push(format!("{name}: out of time"));
            continue;
        }
        let doors = Doors { server: &world.url, crowd: &world.url, token: &token };
        let plan = Plan { seed: dice.next() >> 1, stragglers: storm, ..plan.clone() };
        let crowd = match Crowd::gather(&plan, &doors).await {
            Ok(crowd) => crowd,
            Err(error) => {
                report.violations.push(error);
                break;
            }
        };
        tokio::time::sleep(storm / 3).await;
        if !namespace.lose(rules) {
            report.not_run.push(format!("{name}: no nft"));
        }
        tokio::time::sleep(storm).await;
        namespace.heal();
        let Some(outcome) = report.take(crowd.finish().await) else { break };
        eprintln!("  {name}: {} messages, everybody back after {}", outcome.messages, ms(outcome.converged));
        messages += outcome.messages;
        longest = longest.max(outcome.converged);
        report.require(outcome.converged <= CONVERGENCE_MAX, || {
            format!("{name}: back only after {:?}", outcome.converged)
        });
    }
    report.figure("messages", messages);
    report.figure("longest to converge", ms(longest));
    drop(world);
    report
}
