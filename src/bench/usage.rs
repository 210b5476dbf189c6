//! What processes cost, from `/proc`.

use serde::Serialize;
use std::collections::BTreeMap;
use std::fs;

#[derive(Serialize, Default, Clone, Copy, Debug)]
pub struct Memory {
    pub rss_bytes: u64,
    /// Shared pages counted in parts. Absent where the kernel does not let us look.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pss_bytes: Option<u64>,
}

impl Memory {
    pub fn of(pid: u32) -> Memory {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
        Memory { rss_bytes: kibibytes(&status, "VmRSS:").unwrap_or(0), pss_bytes: kibibytes(&rollup, "Pss:") }
    }

    /// The better of both.
    pub fn bytes(&self) -> u64 {
        self.pss_bytes.unwrap_or(self.rss_bytes)
    }
}

fn kibibytes(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? * 1_024)
}

/// Between two moments.
#[derive(Default)]
pub struct Used {
    pub generator_cpu_s: f64,
    pub server_cpu_s: Option<f64>,
    pub threads_cpu_s: BTreeMap<String, f64>,
    pub memory: Option<Memory>,
}

pub struct Usage {
    server: Option<u32>,
    generator_cpu_s: f64,
    server_cpu_s: Option<f64>,
    threads: BTreeMap<String, f64>,
}

impl Usage {
    pub fn start(server: Option<u32>) -> Usage {
        Usage {
            server,
            generator_cpu_s: cpu_s("/proc/self/stat").map_or(0.0, |(_, cpu)| cpu),
            server_cpu_s: server.and_then(process_cpu_s),
            threads: server.map(threads).unwrap_or_default(),
        }
    }

    pub fn end(self) -> Used {
        let now = Usage::start(self.server);
        let since = |(name, cpu): (&String, &f64)| (name.clone(), cpu - self.threads.get(name).unwrap_or(&0.0));
        Used {
            generator_cpu_s: now.generator_cpu_s - self.generator_cpu_s,
            server_cpu_s: now.server_cpu_s.zip(self.server_cpu_s).map(|(after, before)| after - before),
            threads_cpu_s: now.threads.iter().map(since).filter(|(_, cpu)| *cpu > 0.0).collect(),
            memory: self.server.map(Memory::of),
        }
    }
}

pub fn process_cpu_s(pid: u32) -> Option<f64> {
    cpu_s(&format!("/proc/{pid}/stat")).map(|(_, cpu)| cpu)
}

/// CPU seconds by the name of a thread; numbered ones count together.
fn threads(pid: u32) -> BTreeMap<String, f64> {
    let mut all = BTreeMap::new();
    let Ok(tasks) = fs::read_dir(format!("/proc/{pid}/task")) else { return all };
    for task in tasks.flatten() {
        if let Some((name, cpu)) = cpu_s(&format!("{}/stat", task.path().display())) {
            let name = name.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '-' | ':')).to_owned();
            *all.entry(name).or_default() += cpu;
        }
    }
    all
}

/// The name in brackets may hold anything; what follows the last one is numbers.
fn cpu_s(stat: &str) -> Option<(String, f64)> {
    let text = fs::read_to_string(stat).ok()?;
    let (before, after) = text.rsplit_once(") ")?;
    let name = before.split_once('(')?.1.to_owned();
    let mut fields = after.split(' ').skip(11);
    let (user, system) = (fields.next()?.parse::<u64>().ok()?, fields.next()?.parse::<u64>().ok()?);
    Some((name, (user + system) as f64 / rustix::param::clock_ticks_per_second() as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_has_memory_and_threads_with_names() {
        let pid = std::process::id();
        assert!(Memory::of(pid).rss_bytes > 100_000, "{:?}", Memory::of(pid));
        assert!(process_cpu_s(pid).is_some());
        assert!(!threads(pid).is_empty());
    }
}
