//! What became of every message of one run.

use super::engine::{Nanos, SECOND};
use super::report::{Latency, Second};
use super::words::MessageId;
use hdrhistogram::Histogram;
use memchr::memmem::Finder;
use std::collections::{BTreeMap, HashMap};

pub type Micros = u64;

const ANSWERED: u8 = 1;
const ACKNOWLEDGED: u8 = 2;
/// Above these bits: how many agents have it.
const ONE_DELIVERY: u8 = 4;

/// Of microseconds up to an hour, to three digits.
pub fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 3_600_000_000, 3).unwrap_or_else(|_| unreachable!("these bounds are valid"))
}

/// What a frame meant for the one who sent a message.
#[derive(PartialEq, Eq, Debug)]
pub enum Meaning {
    /// This line's message is answered: stored or refused.
    Answer,
    Other,
}

pub struct Tally {
    run: u16,
    /// Lines below are visitors', from here on agents'.
    visitors: u32,
    deliveries_each: u8,
    began: Nanos,
    /// What is due in between is measured.
    window: (Micros, Micros),
    due: Vec<u32>,
    fate: Vec<u8>,
    answered: usize,
    deliveries: u64,
    acknowledged: u64,
    ack: Histogram<u64>,
    delivery: Histogram<u64>,
    late: Histogram<u64>,
    arrived: (u64, u64),
    refused: BTreeMap<String, u64>,
    closed: BTreeMap<u16, u64>,
    unsent: u64,
    duplicates: u64,
    gaps: u64,
    /// The newest `seq` an agent's line heard of a conversation.
    newest: HashMap<(u32, u64), u64>,
    seconds: Vec<Second>,
    this_second: Histogram<u64>,
    keys: Keys,
}

struct Keys {
    id: Finder<'static>,
    client_id: Finder<'static>,
    code: Finder<'static>,
    conversation: Finder<'static>,
    seq: Finder<'static>,
}

impl Tally {
    pub fn new(run: u16, visitors: u32, deliveries_each: u8, began: Nanos, window: (Micros, Micros)) -> Self {
        Tally {
            run,
            visitors,
            deliveries_each,
            began,
            window,
            due: Vec::new(),
            fate: Vec::new(),
            answered: 0,
            deliveries: 0,
            acknowledged: 0,
            ack: histogram(),
            delivery: histogram(),
            late: histogram(),
            arrived: (0, 0),
            refused: BTreeMap::new(),
            closed: BTreeMap::new(),
            unsent: 0,
            duplicates: 0,
            gaps: 0,
            newest: HashMap::new(),
            seconds: Vec::new(),
            this_second: histogram(),
            keys: Keys {
                id: Finder::new(br#""id":""#),
                client_id: Finder::new(br#""client_id":""#),
                code: Finder::new(br#""code":""#),
                conversation: Finder::new(br#""conversation":"cnv_"#),
                seq: Finder::new(br#""seq":"#),
            },
        }
    }

    pub fn micros(&self, at: Nanos) -> Micros {
        at.saturating_sub(self.began) / 1_000
    }

    /// The next message's number; it was due then, and goes out now.
    pub fn sent(&mut self, due: Micros, now: Nanos) -> u32 {
        if self.measures(due) {
            self.late.saturating_record((self.micros(now).saturating_sub(due)).max(1));
        }
        self.due.push(due as u32);
        self.fate.push(0);
        self.due.len() as u32 - 1
    }

    /// The last one did not go out: the line is down, or the server takes nothing.
    pub fn was_not_taken(&mut self) {
        self.unsent += 1;
        if let Some(fate) = self.fate.last_mut() {
            *fate |= ANSWERED;
            self.answered += 1;
        }
    }

    /// How many messages there have been.
    pub fn count(&self) -> u64 {
        self.due.len() as u64
    }

    fn measures(&self, due: Micros) -> bool {
        (self.window.0..self.window.1).contains(&due)
    }

    pub fn closed(&mut self, code: u16) {
        *self.closed.entry(code).or_default() += 1;
    }

    pub fn heard(&mut self, line: u32, frame: &[u8], now: Nanos) -> Meaning {
        let Some(kind) = frame.get(9..) else { return Meaning::Other };
        if line >= self.visitors {
            if kind.starts_with(b"message.created\"") {
                self.message(line, frame, now);
            }
        } else if kind.starts_with(b"ack\"") {
            return self.ack(kind, now);
        } else if kind.starts_with(b"reject\"") || kind.starts_with(b"error\"") {
            return self.refusal(kind);
        }
        Meaning::Other
    }

    fn ack(&mut self, frame: &[u8], now: Nanos) -> Meaning {
        let Some(number) = self.number_after(&self.keys.id, frame) else { return Meaning::Other };
        if self.fate[number] & ANSWERED != 0 {
            return Meaning::Other;
        }
        self.fate[number] |= ANSWERED | ACKNOWLEDGED;
        self.answered += 1;
        self.acknowledged += 1;
        let (due, at) = (u64::from(self.due[number]), self.micros(now));
        let took = at.saturating_sub(due).max(1);
        if self.measures(due) {
            self.ack.saturating_record(took);
        }
        if self.measures(at) {
            self.arrived.0 += 1;
        }
        self.second_of(at).acknowledged += 1;
        self.this_second.saturating_record(took);
        Meaning::Answer
    }

    fn refusal(&mut self, frame: &[u8]) -> Meaning {
        let code = value_after(&self.keys.code, frame).unwrap_or(b"?");
        let code = String::from_utf8_lossy(code).into_owned();
        *self.refused.entry(code).or_default() += 1;
        match self.number_after(&self.keys.id, frame) {
            Some(number) if self.fate[number] & ANSWERED == 0 => {
                self.fate[number] |= ANSWERED;
                self.answered += 1;
                Meaning::Answer
            }
            _ => Meaning::Other,
        }
    }

    fn message(&mut self, line: u32, frame: &[u8], now: Nanos) {
        let conversation = self.keys.conversation.find(frame).map(|at| number(&frame[at + 20..]));
        let seq = self.keys.seq.find(frame).map(|at| number(&frame[at + 6..]));
        if let (Some(conversation), Some(seq)) = (conversation, seq) {
            let newest = self.newest.entry((line, conversation)).or_insert(seq - 1);
            match seq {
                seq if seq <= *newest => {
                    self.duplicates += 1;
                    return;
                }
                seq => self.gaps += seq - *newest - 1,
            }
            *newest = seq;
        }
        let Some(number) = self.number_after(&self.keys.client_id, frame) else { return };
        self.fate[number] = self.fate[number].saturating_add(ONE_DELIVERY);
        self.deliveries += 1;
        let (due, at) = (u64::from(self.due[number]), self.micros(now));
        if self.measures(due) {
            self.delivery.saturating_record(at.saturating_sub(due).max(1));
        }
        if self.measures(at) {
            self.arrived.1 += 1;
        }
        self.second_of(at).delivered += 1;
    }

    fn number_after(&self, key: &Finder<'_>, frame: &[u8]) -> Option<usize> {
        let at = key.find(frame)? + key.needle().len();
        let number = MessageId::number_in(&frame[at..], self.run)? as usize;
        (number < self.due.len()).then_some(number)
    }

    /// Closes the seconds that are over.
    fn second_of(&mut self, at: Micros) -> &mut Second {
        let second = (at / 1_000_000) as usize;
        if second >= self.seconds.len() {
            self.end_second();
            let next = self.seconds.len();
            self.seconds.extend((next..=second).map(|at_s| Second { at_s: at_s as u32, ..Second::default() }));
        }
        &mut self.seconds[second]
    }

    fn end_second(&mut self) {
        if let Some(last) = self.seconds.last_mut() {
            let ms = |micros: u64| micros as f64 / 1e3;
            last.p50_ms = ms(self.this_second.value_at_quantile(0.5));
            last.p99_ms = ms(self.this_second.value_at_quantile(0.99));
            last.max_ms = ms(self.this_second.max());
            self.this_second.reset();
        }
    }

    /// Whether every message is answered, and those that are stored are delivered.
    pub fn is_complete(&self) -> bool {
        self.answered == self.due.len() && self.deliveries >= self.acknowledged * u64::from(self.deliveries_each)
    }

    pub fn open_messages(&self) -> usize {
        self.due.len() - self.answered
    }

    /// The newest seqs, for the run that comes after this one.
    pub fn take_newest(&mut self) -> HashMap<(u32, u64), u64> {
        std::mem::take(&mut self.newest)
    }

    pub fn continue_from(&mut self, newest: HashMap<(u32, u64), u64>) {
        self.newest = newest;
    }

    pub fn finish(mut self) -> Counted {
        self.end_second();
        let measured = self.due.iter().filter(|due| self.measures(u64::from(**due))).count() as u64;
        let is_lost = |fate: &&u8| **fate & ANSWERED == 0;
        let missing = |fate: &u8| {
            let wanted = if fate & ACKNOWLEDGED != 0 { self.deliveries_each } else { 0 };
            u64::from(wanted.saturating_sub(fate / ONE_DELIVERY))
        };
        Counted {
            sent: measured,
            acknowledged: self.ack.len(),
            delivered: self.delivery.len(),
            arrived: self.arrived,
            ack: Latency::of(&self.ack),
            delivery: Latency::of(&self.delivery),
            late: Latency::of(&self.late),
            refused: self.refused,
            closed: self.closed,
            lost: self.fate.iter().filter(is_lost).count() as u64,
            undelivered: self.fate.iter().map(missing).sum(),
            unsent: self.unsent,
            duplicates: self.duplicates,
            gaps: self.gaps,
            seconds: self.seconds,
        }
    }
}

/// The sum of one run.
pub struct Counted {
    /// Due in the measured time; likewise `acknowledged` and `delivered`, whenever that was.
    pub sent: u64,
    pub acknowledged: u64,
    pub delivered: u64,
    /// Acknowledgements and deliveries that came within the measured time.
    pub arrived: (u64, u64),
    pub ack: Latency,
    pub delivery: Latency,
    pub late: Latency,
    pub refused: BTreeMap<String, u64>,
    pub closed: BTreeMap<u16, u64>,
    pub lost: u64,
    pub undelivered: u64,
    pub unsent: u64,
    pub duplicates: u64,
    pub gaps: u64,
    pub seconds: Vec<Second>,
}

/// Of a run: from when on, and until when, in microseconds.
pub fn window(warm_up: Nanos, measured: Nanos) -> (Micros, Micros) {
    (warm_up / 1_000, (warm_up + measured) / 1_000)
}

pub fn seconds(nanos: Nanos) -> f64 {
    nanos as f64 / SECOND as f64
}

fn value_after<'f>(key: &Finder<'_>, frame: &'f [u8]) -> Option<&'f [u8]> {
    let at = key.find(frame)? + key.needle().len();
    frame[at..].split(|byte| *byte == b'"').next()
}

fn number(digits: &[u8]) -> u64 {
    digits.iter().take_while(|digit| digit.is_ascii_digit()).fold(0, |n, digit| n * 10 + u64::from(digit - b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::engine::MS;

    const AGENT: u32 = 1;

    fn tally() -> Tally {
        Tally::new(1, 1, 1, 1_000 * MS, (0, 1_000_000))
    }

    fn id(number: u32) -> String {
        String::from_utf8(MessageId { at: 1, run: 1, number }.text().to_vec()).unwrap()
    }

    fn ack(tally: &mut Tally, number: u32, now: Nanos) -> Meaning {
        tally.heard(0, format!(r#"{{"type":"ack","id":"{}","seq":1}}"#, id(number)).as_bytes(), now)
    }

    fn deliver(tally: &mut Tally, number: u32, seq: u64, now: Nanos) {
        let frame = format!(
            r#"{{"type":"message.created","cursor":"e-1","channel":"chn_1","message":{{"conversation":"cnv_7","seq":{seq},"client_id":"{}"}}}}"#,
            id(number)
        );
        tally.heard(AGENT, frame.as_bytes(), now);
    }

    #[test]
    fn latency_counts_from_when_a_message_was_due() {
        let mut tally = tally();
        // Due at once, but the generator was busy for 40 ms.
        assert_eq!(tally.sent(0, 1_040 * MS), 0);
        assert_eq!(ack(&mut tally, 0, 1_050 * MS), Meaning::Answer);
        deliver(&mut tally, 0, 1, 1_060 * MS);
        assert!(tally.is_complete());
        let counted = tally.finish();
        assert!((49.9..=50.1).contains(&counted.ack.max_ms), "{}", counted.ack.max_ms);
        assert!((59.9..=60.1).contains(&counted.delivery.max_ms), "{}", counted.delivery.max_ms);
        assert!((39.9..=40.1).contains(&counted.late.max_ms), "{}", counted.late.max_ms);
    }

    #[test]
    fn what_is_missing_or_comes_twice_is_counted() {
        let mut tally = tally();
        for _ in 0..4 {
            tally.sent(0, 1_000 * MS);
        }
        ack(&mut tally, 0, 1_001 * MS);
        assert_eq!(ack(&mut tally, 0, 1_002 * MS), Meaning::Other, "a second answer frees nobody");
        deliver(&mut tally, 0, 1, 1_002 * MS);
        deliver(&mut tally, 0, 1, 1_002 * MS);
        ack(&mut tally, 1, 1_002 * MS);
        deliver(&mut tally, 1, 4, 1_002 * MS);
        ack(&mut tally, 2, 1_002 * MS);
        assert!(!tally.is_complete());
        let counted = tally.finish();
        assert_eq!((counted.duplicates, counted.gaps), (1, 2), "one again; 2 and 3 never came");
        assert_eq!((counted.lost, counted.undelivered), (1, 1), "the fourth has no answer, the third no receiver");
    }

    #[test]
    fn a_refusal_is_an_answer_and_keeps_its_code() {
        let mut tally = tally();
        tally.sent(0, 1_000 * MS);
        let frame = format!(r#"{{"type":"reject","id":"{}","code":"rate.limited","detail":"Wait."}}"#, id(0));
        assert_eq!(tally.heard(0, frame.as_bytes(), 1_001 * MS), Meaning::Answer);
        assert!(tally.is_complete());
        let counted = tally.finish();
        assert_eq!((counted.refused["rate.limited"], counted.lost, counted.acknowledged), (1, 0, 0));
    }

    #[test]
    fn warming_up_is_not_measured_and_other_runs_are_not_counted() {
        let mut tally = Tally::new(1, 1, 1, 0, (500_000, 1_000_000));
        tally.sent(0, 0);
        ack(&mut tally, 0, 400 * MS);
        tally.sent(600_000, 600 * MS);
        ack(&mut tally, 1, 601 * MS);
        let other = String::from_utf8(MessageId { at: 1, run: 2, number: 0 }.text().to_vec()).unwrap();
        tally.heard(0, format!(r#"{{"type":"ack","id":"{other}"}}"#).as_bytes(), 700 * MS);
        let counted = tally.finish();
        assert_eq!((counted.sent, counted.acknowledged, counted.arrived.0), (1, 1, 1));
    }
}
