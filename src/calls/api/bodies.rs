//! What both sides send, and what is made of it.

use crate::calls::commands::Show;
use crate::calls::model::Medium;
use crate::calls::quality::Measures;
use crate::calls::strokes::Stroke;
use crate::kernel::{Error, Result};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Deserialize, ToSchema)]
pub struct NewCall {
    /// `audio` or `video`
    media: String,
}

impl NewCall {
    pub fn medium(&self) -> Result<Medium> {
        Medium::parse(&self.media).ok_or_else(|| Error::invalid("media", "invalid"))
    }
}

#[derive(Deserialize, ToSchema)]
pub struct Offer {
    /// SDP with the places in their fixed order (docs/protocol.md).
    pub offer: String,
}

#[derive(Deserialize, ToSchema)]
pub struct ShowBody {
    muted: Option<bool>,
    camera: Option<bool>,
    screen: Option<bool>,
}

impl From<ShowBody> for Show {
    fn from(body: ShowBody) -> Self {
        Show { muted: body.muted, camera: body.camera, screen: body.screen }
    }
}

/// Since the last report; all may be left out.
#[derive(Deserialize, ToSchema, Default)]
#[serde(default)]
pub struct QualityBody {
    /// 0 to 1; up is towards the server.
    loss_up: f64,
    loss_down: f64,
    jitter_ms: f64,
    rtt_ms: f64,
    kbit_up: f64,
    kbit_down: f64,
    freezes: f64,
    packets: f64,
}

impl From<QualityBody> for Measures {
    /// A client may say anything: it is cut to what can be.
    fn from(body: QualityBody) -> Self {
        let whole = |value: f64, scale: f64, max: f64| {
            if value.is_finite() { (value * scale).clamp(0.0, max) as i64 } else { 0 }
        };
        let (part, minute) = (|value| whole(value, 1e6, 1e6), 60e6);
        Measures {
            loss_up: part(body.loss_up),
            loss_down: part(body.loss_down),
            jitter_us: whole(body.jitter_ms, 1e3, minute),
            rtt_us: whole(body.rtt_ms, 1e3, minute),
            kbit_up: whole(body.kbit_up, 1.0, 1e6),
            kbit_down: whole(body.kbit_down, 1.0, 1e6),
            freezes: whole(body.freezes, 1.0, 1e6),
            packets: whole(body.packets, 1.0, 1e9),
        }
    }
}

#[derive(Deserialize, ToSchema)]
pub struct StrokeBody {
    stroke: StrokeDto,
}

/// One line, arrow, box or word over a picture.
#[derive(Clone, Deserialize, Serialize, ToSchema)]
pub struct StrokeDto {
    /// Yours; letters, digits, `-` and `_`.
    id: String,
    /// Whose picture: `leg_7/camera`, `leg_7/screen`
    #[serde(default)]
    on: String,
    /// `pen`, `arrow`, `pointer`, `text`, `box` or `freeze`
    #[serde(default)]
    tool: String,
    /// `#rrggbb`
    #[serde(default)]
    colour: String,
    /// From 0, left and top, to 1.
    #[serde(default)]
    points: Vec<[f64; 2]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(default)]
    done: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    undo: Option<bool>,
}

impl StrokeDto {
    /// Checked by whoever uses it; `json` is what was understood, and nothing else.
    pub fn into_stroke(self) -> Result<Stroke> {
        let json = serde_json::to_string(&self).map_err(Error::internal)?;
        Ok(Stroke {
            name: self.id,
            on: self.on,
            tool: self.tool,
            colour: self.colour,
            points: self.points,
            text: self.text.unwrap_or_default(),
            undo: self.undo.unwrap_or(false),
            json,
        })
    }
}

impl StrokeBody {
    pub fn into_stroke(self) -> Result<Stroke> {
        self.stroke.into_stroke()
    }
}
