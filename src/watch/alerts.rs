//! The alerts that are raised just now, and everybody who must know of a change.

use super::judge::{Change, Setting, State};
use super::messenger::{self, Messenger, Webhooks};
use super::model::{Alert, Sight};
use super::pulse::{self, Pulse};
use super::rules::{self, RULES};
use super::{queries, signals};
use crate::jobs::Timer;
use crate::kernel::{Error, Millis, Result, Steady, UserId};
use crate::post::Outcome;
use parking_lot::{Mutex, RwLock};
use serde_json::{Value, json};
use std::io;
use std::sync::Arc;

/// Cheap to clone.
#[derive(Clone)]
pub struct Alerts(Arc<Inner>);

struct Inner {
    pulse: Pulse,
    messenger: Messenger,
    /// What people know this server by, for those who watch several.
    server: String,
    /// In the order of [`RULES`], as are the states.
    settings: RwLock<Vec<Setting>>,
    board: Mutex<Board>,
}

struct Board {
    states: Vec<State>,
    raised: Vec<Alert>,
}

impl Alerts {
    /// What was raised before the program was started goes on.
    pub fn start(pulse: Pulse, server: String) -> io::Result<Alerts> {
        let sources = pulse.sources();
        let messenger = Messenger::start(sources.db.clone(), sources.post.clone())?;
        let stored = sources.db.read_blocking(|snapshot| {
            Ok((queries::settings(snapshot)?, queries::webhooks(snapshot)?, queries::unresolved(snapshot)?))
        });
        let (settings, webhooks, raised) = stored.map_err(io::Error::other)?;
        messenger.webhooks.set(webhooks);
        let is_raised = |id: &str| raised.iter().any(|alert: &Alert| alert.rule.id == id);
        let states = RULES.iter().map(|rule| if is_raised(rule.id) { State::RAISED } else { State::Well }).collect();
        let (settings, board) = (RwLock::new(settings), Mutex::new(Board { states, raised }));
        Ok(Alerts(Arc::new(Inner { pulse, messenger, server, settings, board })))
    }

    /// Looks at everything, again and again.
    pub fn timer(&self) -> Timer {
        let alerts = self.clone();
        Timer::new("watch", pulse::EVERY_MS, move |now| {
            let sight = alerts.0.pulse.look(now);
            let steady = alerts.0.pulse.sources().clock.steady();
            alerts.judge(&sight, steady);
            Ok(())
        })
    }

    fn judge(&self, sight: &Sight, steady: Steady) {
        let sources = self.0.pulse.sources();
        let backup = (sources.last_backup)();
        let settings = self.0.settings.read().clone();
        let mut board = self.0.board.lock();
        for (n, (rule, setting)) in RULES.iter().zip(&settings).enumerate() {
            let value = signals::value(rule.id, sight, backup, sources.certificate);
            let change = board.states[n].look(setting, rule.bad, value, steady);
            let place = board.raised.iter().position(|alert| alert.rule == rule);
            match (change, place) {
                (Some(Change::Raised), None) => {
                    let alert = Alert {
                        rule,
                        began_at: sight.at,
                        value: value.unwrap_or_default(),
                        threshold: setting.threshold,
                        resolved_at: None,
                        acknowledged_at: None,
                        acknowledged_by: None,
                    };
                    tracing::warn!(rule = rule.id, value, threshold = setting.threshold, "alert raised");
                    self.everybody_hears("alert.raised", &alert);
                    board.raised.push(alert);
                }
                (Some(Change::Resolved), Some(place)) => {
                    let alert = Alert { resolved_at: Some(sight.at), ..board.raised.remove(place) };
                    tracing::info!(rule = rule.id, "alert resolved");
                    self.everybody_hears("alert.resolved", &alert);
                }
                (_, Some(place)) => board.raised[place].value = value.unwrap_or_default(),
                (_, None) => {}
            }
        }
    }

    fn everybody_hears(&self, kind: &str, alert: &Alert) {
        self.0.messenger.keep(alert);
        self.0.messenger.tell(messenger::message(kind, alert, &self.0.server));
    }

    /// With their values of the last look; the worst first.
    pub fn raised(&self) -> Vec<Alert> {
        let mut raised = self.0.board.lock().raised.clone();
        raised.sort_by_key(|alert| (alert.rule.severity == rules::Severity::Warning, alert.began_at));
        raised
    }

    /// Somebody says that they know. The first one is remembered.
    pub fn acknowledge(&self, rule: &str, user: UserId, now: Millis) -> Result<()> {
        let mut board = self.0.board.lock();
        let alert = board.raised.iter_mut().find(|alert| alert.rule.id == rule).ok_or_else(Error::not_found)?;
        if alert.acknowledged_by.is_none() {
            (alert.acknowledged_by, alert.acknowledged_at) = (Some(user), Some(now));
            self.0.messenger.keep(alert);
        }
        Ok(())
    }

    pub fn settings(&self) -> Vec<Setting> {
        self.0.settings.read().clone()
    }

    pub fn webhooks(&self) -> &Webhooks {
        &self.0.messenger.webhooks
    }

    /// After a change in the store.
    pub async fn reload(&self) -> Result<()> {
        let both =
            |snapshot: &crate::db::Snapshot<'_>| Ok((queries::settings(snapshot)?, queries::webhooks(snapshot)?));
        let (settings, webhooks) = self.0.pulse.sources().db.read(both).await?;
        *self.0.settings.write() = settings;
        self.webhooks().set(webhooks);
        Ok(())
    }

    /// Sends a message to one webhook, now and once.
    pub async fn try_webhook(&self, id: i64) -> Result<Outcome> {
        let now = self.0.pulse.sources().clock.now().0;
        let text = "A test: alerts of this server arrive here.";
        let message: Value = json!({ "type": "alert.test", "text": text, "began_at": now, "server": self.0.server });
        self.0.messenger.try_once(id, message).await.ok_or_else(Error::not_found)
    }
}
