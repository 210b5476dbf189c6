//! What a browser offers. Its lines are a stranger's: lengths are bounded, and what is not understood is passed over.

/// A browser's offer for our fixed places has about 20 kB.
const OFFER_MAX: usize = 64 * 1024;
const SECTIONS_MAX: usize = 24;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sort {
    Audio,
    Video,
    Other,
}

/// As the browser sees it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    Sends,
    Receives,
    Neither,
}

/// A way to carry one codec.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Format {
    payload_type: u8,
    /// Lower case: `vp8/90000`.
    name: String,
    parameters: String,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Section {
    pub sort: Sort,
    pub mid: String,
    pub direction: Direction,
    /// The first stream named, and the one that repairs it.
    pub ssrc: Option<u32>,
    pub repair_ssrc: Option<u32>,
    /// Lost packets may be asked for. Browsers do so for pictures; for sound a page must add it.
    pub nack: bool,
    /// As it stands in the `m=` line.
    pub kind: String,
    pub protocol: String,
    pub first_format: String,
    formats: Vec<Format>,
    extensions: Vec<(u8, String)>,
}

impl Section {
    /// Payload type and, if offered, that of its repair.
    pub fn codec(&self, name: &str) -> Option<(u8, Option<u8>)> {
        let format = self.formats.iter().find(|format| format.name == name)?;
        let apt = format!("apt={}", format.payload_type);
        let is_repair = |f: &&Format| f.name.starts_with("rtx/") && f.parameters.split(';').any(|p| p.trim() == apt);
        Some((format.payload_type, self.formats.iter().find(is_repair).map(|f| f.payload_type)))
    }

    /// The number of a header extension.
    pub fn extension(&self, uri: &str) -> Option<u8> {
        self.extensions.iter().find(|(_, known)| known == uri).map(|(id, _)| *id)
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Offer {
    pub sections: Vec<Section>,
    /// Of the browser's certificate, 32 bytes.
    pub fingerprint: [u8; 32],
    pub ufrag: String,
}

impl Offer {
    pub fn parse(text: &str) -> Result<Offer, &'static str> {
        if text.len() > OFFER_MAX {
            return Err("it is longer than 64 kB");
        }
        let mut sections: Vec<Section> = Vec::new();
        let (mut fingerprint, mut ufrag) = (None, None);
        for line in text.lines().map(str::trim_end) {
            if let Some(media) = line.strip_prefix("m=") {
                if sections.len() >= SECTIONS_MAX {
                    return Err("it has more than 24 sections");
                }
                sections.push(begin(media).ok_or("an m= line has no format")?);
            } else if let Some(value) = line.strip_prefix("a=fingerprint:") {
                fingerprint = fingerprint.or_else(|| read_fingerprint(value));
            } else if let Some(value) = line.strip_prefix("a=ice-ufrag:") {
                ufrag = ufrag.or_else(|| is_token(value).then(|| value.to_owned()));
            } else if let (Some(section), Some(line)) = (sections.last_mut(), line.strip_prefix("a=")) {
                attribute(section, line);
            }
        }
        if sections.is_empty() {
            return Err("it has no m= line");
        }
        let mut mids: Vec<&str> = sections.iter().map(|section| section.mid.as_str()).collect();
        mids.sort_unstable();
        if mids.iter().any(|mid| !is_token(mid)) || mids.windows(2).any(|two| two[0] == two[1]) {
            return Err("each section needs an a=mid of its own");
        }
        let fingerprint = fingerprint.ok_or("it needs an a=fingerprint:sha-256")?;
        Ok(Offer { sections, fingerprint, ufrag: ufrag.ok_or("it needs an a=ice-ufrag")? })
    }
}

fn begin(media: &str) -> Option<Section> {
    let mut words = media.split(' ');
    let (kind, _port, protocol, first) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let sort = match kind {
        "audio" => Sort::Audio,
        "video" => Sort::Video,
        _ => Sort::Other,
    };
    [kind, first].iter().all(|word| is_token(word)).then(|| Section {
        sort,
        mid: String::new(),
        direction: Direction::Neither,
        ssrc: None,
        repair_ssrc: None,
        nack: false,
        kind: kind.to_owned(),
        protocol: protocol.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '/').take(40).collect(),
        first_format: first.to_owned(),
        formats: Vec::new(),
        extensions: Vec::new(),
    })
}

fn attribute(section: &mut Section, line: &str) {
    let (name, value) = line.split_once(':').unwrap_or((line, ""));
    match name {
        "mid" => section.mid = value.to_owned(),
        "sendonly" | "sendrecv" => section.direction = Direction::Sends,
        "recvonly" => section.direction = Direction::Receives,
        "rtpmap" => {
            if let Some((number, name)) = value.split_once(' ')
                && let Some(payload_type) = number.parse::<u8>().ok().filter(|n| *n < 128)
            {
                let name = name.to_ascii_lowercase();
                section.formats.push(Format { payload_type, name, parameters: String::new() });
            }
        }
        "fmtp" => {
            if let Some((number, parameters)) = value.split_once(' ')
                && let Ok(number) = number.parse::<u8>()
                && let Some(format) = section.formats.iter_mut().find(|f| f.payload_type == number)
            {
                format.parameters = parameters.to_owned();
            }
        }
        "rtcp-fb" => section.nack |= value.split_once(' ').is_some_and(|(_, feedback)| feedback == "nack"),
        "extmap" => {
            let mut words = value.split(' ');
            let id = words.next().and_then(|id| id.split('/').next()?.parse::<u8>().ok());
            // One byte of head carries these numbers.
            if let (Some(id @ 1..=14), Some(uri)) = (id, words.next()) {
                section.extensions.push((id, uri.to_owned()));
            }
        }
        "ssrc-group" => {
            let mut words = value.split(' ');
            if words.next() == Some("FID") && section.repair_ssrc.is_none() {
                section.ssrc = words.next().and_then(|ssrc| ssrc.parse().ok());
                section.repair_ssrc = words.next().and_then(|ssrc| ssrc.parse().ok());
            }
        }
        "ssrc" if section.ssrc.is_none() => section.ssrc = value.split(' ').next().and_then(|ssrc| ssrc.parse().ok()),
        _ => {}
    }
}

fn read_fingerprint(value: &str) -> Option<[u8; 32]> {
    let (algorithm, hex) = value.split_once(' ')?;
    if !algorithm.eq_ignore_ascii_case("sha-256") {
        return None;
    }
    let bytes: Option<Vec<u8>> = hex.trim().split(':').take(33).map(|byte| u8::from_str_radix(byte, 16).ok()).collect();
    bytes?.try_into().ok()
}

/// What may be repeated in our answer.
fn is_token(word: &str) -> bool {
    (1..=64).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_graphic())
}
