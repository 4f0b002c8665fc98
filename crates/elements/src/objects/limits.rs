//! How much an endpoint sends and is sent: limits that the application sets, in kbit/s, 0 for none.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use trellis_media::MediaTime;
use trellis_model::{Args, RemoteError, Value};

/// The remote is told again after this time: what tells it may be lost.
const REPEAT: MediaTime = MediaTime::from_millis(1_000);

/// The limits of one endpoint.
#[derive(Default)]
pub(super) struct Limits {
    min_send: AtomicI64,
    max_send: AtomicI64,
    min_receive: AtomicI64,
    max_receive: AtomicI64,
    max_receive_audio: AtomicI64,
    /// What the remote's description allows, and what it said last that it can take, in bits a second; 0 is nothing.
    remote: AtomicU64,
    estimate: AtomicU64,
    /// When the remote was last told, in nanoseconds of pipeline time; 0 is never.
    told: AtomicI64,
}

fn bits(kilobits: &AtomicI64) -> Option<u64> {
    u64::try_from(kilobits.load(Ordering::Relaxed)).ok().filter(|bits| *bits > 0).map(|bits| bits.saturating_mul(1_000))
}

impl Limits {
    /// A bitrate that is wanted of an encoder, within what may be sent.
    pub fn within(&self, wanted: Option<u64>) -> Option<u64> {
        let wanted = wanted.map(|wanted| wanted.max(bits(&self.min_send).unwrap_or(0)));
        wanted.into_iter().chain(self.ceiling()).min()
    }

    /// What the remote said last that it can take.
    pub fn estimate(&self) -> Option<u64> {
        Some(self.estimate.load(Ordering::Relaxed)).filter(|estimate| *estimate > 0)
    }

    /// The remote says how much it can take.
    pub fn estimated(&self, bits_per_second: u64) {
        self.estimate.store(bits_per_second.max(1), Ordering::Relaxed);
    }

    /// The most that is sent as video, in bits a second. Of ours and the remote's limit the lower counts.
    fn ceiling(&self) -> Option<u64> {
        let remote = Some(self.remote.load(Ordering::Relaxed)).filter(|remote| *remote > 0);
        bits(&self.max_send).into_iter().chain(remote).min()
    }

    /// Takes the limit of a description that the remote gave.
    pub fn learn(&self, remote_description: &str) {
        self.remote.store(video_limit(remote_description).unwrap_or(0), Ordering::Relaxed);
    }

    /// The most that the remote is to send as video, in bits a second. We estimate nothing ourselves, so that the
    /// lower limit only matters where it is above the upper one.
    pub fn receive(&self) -> Option<u64> {
        bits(&self.max_receive).map(|high| high.max(bits(&self.min_receive).unwrap_or(0)))
    }

    /// The limit that the remote is to be told of now, while media comes from it.
    pub fn to_tell(&self, now: MediaTime) -> Option<u64> {
        let limit = self.receive()?;
        let told = self.told.load(Ordering::Relaxed);
        if told != 0 && now - MediaTime::from_nanos(told) < REPEAT {
            return None;
        }
        self.told.store(now.nanos().max(1), Ordering::Relaxed);
        Some(limit)
    }

    /// Our description with the limits of what we receive (RFC 8866 section 5.8).
    pub fn describe(&self, description: &str) -> String {
        let kilobits = |limit: &AtomicI64| Some(limit.load(Ordering::Relaxed)).filter(|limit| *limit > 0);
        let limits = [("audio", kilobits(&self.max_receive_audio)), ("video", kilobits(&self.max_receive))];
        with_limits(description, &limits)
    }

    /// Reads or sets a limit; `None` when the operation is about none.
    pub fn invoke(&self, operation: &str, args: &Args) -> Option<Result<Value, RemoteError>> {
        let (set, name) = match (operation.strip_prefix("get"), operation.strip_prefix("set")) {
            (Some(name), _) => (false, name),
            (_, Some(name)) => (true, name),
            _ => return None,
        };
        let (limit, name) = match name {
            "MinVideoSendBandwidth" => (&self.min_send, "minVideoSendBandwidth"),
            "MaxVideoSendBandwidth" => (&self.max_send, "maxVideoSendBandwidth"),
            "MinVideoRecvBandwidth" => (&self.min_receive, "minVideoRecvBandwidth"),
            "MaxVideoRecvBandwidth" => (&self.max_receive, "maxVideoRecvBandwidth"),
            "MaxAudioRecvBandwidth" => (&self.max_receive_audio, "maxAudioRecvBandwidth"),
            _ => return None,
        };
        if !set {
            return Some(Ok(Value::Int(limit.load(Ordering::Relaxed))));
        }
        Some(args.int(name).and_then(|kilobits| {
            if kilobits < 0 {
                return Err(RemoteError::illegal_param(format_args!("{name} is a number of kbit/s, 0 for no limit")));
            }
            limit.store(kilobits, Ordering::Relaxed);
            self.told.store(0, Ordering::Relaxed);
            Ok(Value::Null)
        }))
    }
}

/// The limit that a description sets for what its maker receives as video, in bits a second.
fn video_limit(description: &str) -> Option<u64> {
    let lines = description.lines().skip_while(|line| !line.starts_with("m=video"));
    let section = lines.skip(1).take_while(|line| !line.starts_with("m="));
    let limits = section.filter_map(|line| {
        let (kind, number) = line.strip_prefix("b=")?.split_once(':')?;
        let number: u64 = number.trim().parse().ok()?;
        match kind {
            "AS" => Some(number.saturating_mul(1_000)),
            "TIAS" => Some(number),
            _ => None,
        }
    });
    limits.filter(|limit| *limit > 0).min()
}

/// A description with a `b=AS` line where a section's kind has a limit; its place is before the attributes.
fn with_limits(description: &str, limits: &[(&str, Option<i64>)]) -> String {
    let mut text = String::with_capacity(description.len() + 32);
    let mut pending = None;
    for line in description.split_inclusive('\n') {
        if line.starts_with("a=") || line.starts_with("m=") {
            text.extend(pending.take().map(|kilobits| format!("b=AS:{kilobits}\r\n")));
        }
        if let Some(section) = line.strip_prefix("m=") {
            let kind = section.split(' ').next().unwrap_or_default();
            pending = limits.iter().find(|(limited, _)| *limited == kind).and_then(|(_, kilobits)| *kilobits);
        }
        text.push_str(line);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estimate_is_kept_within_the_limits_that_were_set() {
        let limits = Limits::default();
        assert_eq!((limits.within(None), limits.within(Some(123))), (None, Some(123)), "no limits at first");
        limits.min_send.store(100, Ordering::Relaxed);
        limits.max_send.store(500, Ordering::Relaxed);
        let within = |wanted| limits.within(Some(wanted));
        assert_eq!([50_000, 300_000, 9_000_000].map(within), [100_000, 300_000, 500_000].map(Some));
        assert_eq!(limits.within(None), Some(500_000), "an encoder that chooses by itself may choose more");
        limits.learn("v=0\r\nm=audio 9 X 0\r\nb=AS:1\r\nm=video 9 X 96\r\nb=AS:400\r\nb=TIAS:350000\r\na=mid:1\r\n");
        assert_eq!(within(9_000_000), Some(350_000), "the remote's limit is the lower one");
    }

    #[test]
    fn the_remote_is_told_at_once_and_then_now_and_then() {
        let limits = Limits::default();
        let seconds = |seconds: i64| MediaTime::from_millis(seconds * 1_000);
        assert_eq!(limits.to_tell(seconds(5)), None, "there is nothing to tell");
        limits.max_receive.store(300, Ordering::Relaxed);
        let told = [5, 5, 6, 6].map(|time| limits.to_tell(seconds(time)));
        assert_eq!(told, [Some(300_000), None, Some(300_000), None]);
        limits.min_receive.store(400, Ordering::Relaxed);
        assert_eq!(limits.to_tell(seconds(8)), Some(400_000), "never below the lower limit");
    }

    #[test]
    fn limits_stand_in_our_description_where_they_belong() {
        let limits = Limits::default();
        let plain = "v=0\r\na=group:BUNDLE 0 1\r\nm=audio 9 X 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\nm=video 9 X 96\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\na=sendrecv\r\n";
        assert_eq!(limits.describe(plain), plain);
        limits.max_receive.store(300, Ordering::Relaxed);
        let described = limits.describe(plain);
        assert_eq!(described, plain.replace("0.0.0.0\r\na=mid:1", "0.0.0.0\r\nb=AS:300\r\na=mid:1"));
        assert_eq!(video_limit(&described), Some(300_000));
        limits.max_receive_audio.store(40, Ordering::Relaxed);
        assert!(limits.describe(plain).contains("m=audio 9 X 111\r\nc=IN IP4 0.0.0.0\r\nb=AS:40\r\na=mid:0"));
    }
}
