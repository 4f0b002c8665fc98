//! The sound of a mixer: blocks of everybody's, and of everybody's but one's own.

use crate::mixer::voice::{Voice, position};
use crate::mixer::{Life, MixerSettings, Port, PortSet, SAMPLING, SOUND, STALL};
use crate::player::Pace;
use std::sync::Arc;
use trellis_graph::{Context, NodeError, Notice};
use trellis_media::{Item, MediaTime, Payload, Sound};

/// Frames (samples of every channel) in a block: 20 ms, what telephony and Opus take at once.
const BLOCK: i64 = 960;
/// Samples in a block.
const SAMPLES: usize = BLOCK as usize * SAMPLING.1 as usize;
/// In real time: frames of one port that wait for their block. Beyond, the oldest go.
const MAX_WAITING: i64 = 48_000;
/// Otherwise: with so many waiting, a port is said to be ahead, until few are left. Its source should stand still. Sound
/// is small, and may be far from its pictures in a file: what waits for it must not be kept from coming.
const AHEAD: i64 = 10 * 48_000;
const FEW: i64 = 5 * 48_000;
/// Where nobody heeds that: with so many waiting, the ports that lag behind are waited for no longer.
const MAX_AHEAD: i64 = 30 * 48_000;
/// Blocks done in one go when time does not pace them.
const BURST: usize = 8;
/// In real time: blocks that are made up for when a tick came late; what is older is left out.
const MAX_LATE: i64 = 50;

/// The state machine of a mixer's sound.
pub(super) struct Sounds {
    settings: MixerSettings,
    parties: Vec<Party>,
    /// Whom each port hears.
    heard: Vec<PortSet>,
    /// The block that comes next, counted from zero of the clock; `None` while nobody gives any sound.
    next: Option<i64>,
    total: Vec<i32>,
    ended: bool,
    warned_of_lag: bool,
}

/// What comes from one port.
struct Party {
    /// Somebody is connected, or has been giving sound.
    present: bool,
    /// Something has come since.
    began: bool,
    ended: bool,
    /// When the last of it came, on the clock.
    came: MediaTime,
    voice: Voice,
    /// Its part of the block that is being mixed; empty until it gives anything.
    block: Vec<i16>,
    speaks: bool,
}

impl Sounds {
    pub fn new(settings: MixerSettings) -> Sounds {
        let party = |_| Party {
            present: false,
            began: false,
            ended: false,
            came: MediaTime::ZERO,
            voice: Voice::default(),
            block: Vec::new(),
            speaks: false,
        };
        let heard = |port| match settings.life {
            Life::Inputs => PortSet::all_but(Port(port)),
            Life::Clock => PortSet::default(),
        };
        Sounds {
            settings,
            parties: (0..settings.ports).map(party).collect(),
            heard: (0..settings.ports).map(heard).collect(),
            next: None,
            total: vec![0; SAMPLES],
            ended: false,
            warned_of_lag: false,
        }
    }

    /// A port hears these from now on, be they silent.
    pub fn hear(&mut self, port: Port, whom: PortSet, now: MediaTime) {
        if let Some(heard) = self.heard.get_mut(port.0) {
            *heard = whom;
        }
        if !whom.is_empty() {
            self.begin(now);
        }
    }

    /// In real time: the next block is the first that is not over.
    fn begin(&mut self, now: MediaTime) {
        if self.next.is_none() {
            self.next = Some(position(now - self.settings.latency).div_euclid(BLOCK));
        }
    }

    /// Somebody is connected to a port.
    pub fn join(&mut self, port: usize) {
        if let Some(party) = self.parties.get_mut(port) {
            party.present = true;
            party.ended = false;
        }
    }

    /// Nobody is any more.
    pub fn leave(&mut self, port: usize) {
        if let Some(party) = self.parties.get_mut(port) {
            party.reset();
        }
    }

    /// A port has given all that it had.
    pub fn end(&mut self, port: usize) {
        if let Some(party) = self.parties.get_mut(port) {
            party.ended = true;
        }
    }

    /// Whether a port is so far ahead of others that its source should stand still; `before`: whether it was.
    pub fn is_ahead(&self, port: usize, before: bool) -> bool {
        let limit = if before { FEW } else { AHEAD };
        let fast = self.settings.pace == Pace::AsFastAsPossible;
        fast && self.parties.get(port).is_some_and(|party| party.voice.len() >= limit)
    }

    /// A block of sound comes.
    pub fn push(&mut self, port: usize, time: MediaTime, sound: &Sound, now: MediaTime) {
        let Some(party) = self.parties.get_mut(port).filter(|_| (sound.rate, sound.channels) == SAMPLING) else {
            return;
        };
        (party.present, party.began, party.ended, party.came) = (true, true, false, now);
        match self.settings.pace {
            Pace::RealTime => {
                party.voice.push(time, sound, MAX_WAITING);
                self.begin(now);
            }
            Pace::AsFastAsPossible => party.voice.push(time, sound, MAX_AHEAD + MAX_WAITING),
        }
    }

    /// When [`Sounds::run`] has something to do; a time that has passed: at once.
    pub fn due(&self) -> Option<MediaTime> {
        match self.settings.pace {
            Pace::RealTime => self.next.map(|block| time_of(block + 1) + self.settings.latency),
            Pace::AsFastAsPossible => self.ready_block().map(|_| MediaTime::ZERO),
        }
    }

    /// Mixes the blocks that are due.
    pub fn run(&mut self, cx: &mut Context) {
        match self.settings.pace {
            Pace::RealTime => {
                let sampled = cx.now() - self.settings.latency;
                let newest = position(sampled).div_euclid(BLOCK) - 1;
                while let Some(block) = self.next.filter(|block| time_of(*block + 1) <= sampled) {
                    self.mix(block.max(newest - MAX_LATE), cx);
                }
            }
            Pace::AsFastAsPossible => {
                for _ in 0..BURST {
                    let Some(block) = self.ready_block() else { break };
                    self.warn_of_lag(block, cx);
                    self.mix(block, cx);
                }
            }
        }
        self.end_if_all_ended(cx);
    }

    fn present(&self) -> impl Iterator<Item = &Party> {
        self.parties.iter().filter(|party| party.present)
    }

    /// The next block, when nothing can come any more that would belong into it.
    fn ready_block(&self) -> Option<i64> {
        let crowded = self.present().any(|party| party.voice.len() >= MAX_AHEAD);
        let block = match self.next {
            Some(block) => block,
            None => {
                if !crowded && !self.present().all(|party| party.began || party.ended) {
                    return None;
                }
                self.present().filter_map(|party| party.voice.head()).min()?.div_euclid(BLOCK)
            }
        };
        let something = self.present().any(|party| !party.voice.is_empty());
        (something && (crowded || self.present().all(|party| party.reaches(block)))).then_some(block)
    }

    fn warn_of_lag(&mut self, block: i64, cx: &mut Context) {
        if !self.warned_of_lag && !self.present().all(|party| party.reaches(block)) {
            self.warned_of_lag = true;
            let text = "a port lags so far behind the others that its sound comes too late; play the files in real \
                        time to keep them together";
            cx.notify(Notice::Warning(NodeError::new(text)));
        }
    }

    fn mix(&mut self, block: i64, cx: &mut Context) {
        self.total.fill(0);
        for party in self.parties.iter_mut().filter(|party| party.present) {
            party.block.resize(SAMPLES, 0);
            party.speaks = party.voice.take(block * BLOCK, &mut party.block);
            if party.speaks {
                for (total, sample) in self.total.iter_mut().zip(&party.block) {
                    *total += i32::from(*sample);
                }
            }
        }
        self.give(time_of(block), cx);
        if self.settings.pace == Pace::RealTime {
            for party in self.parties.iter_mut().filter(|party| party.began && cx.now() - party.came > STALL) {
                party.reset();
            }
        }
        let more = self.present().any(|party| party.began && !(party.ended && party.voice.is_empty()));
        let goes_on = self.settings.life == Life::Clock && self.heard.iter().any(|whom| !whom.is_empty());
        self.next = (more || goes_on).then_some(block + 1);
    }

    fn give(&self, time: MediaTime, cx: &mut Context) {
        let saturated = |sum: i32| sum.clamp(i16::MIN.into(), i16::MAX.into()) as i16;
        let item = |samples: Arc<[i16]>| {
            let sound = Sound { rate: SAMPLING.0, channels: SAMPLING.1, samples };
            Item { time, payload: Payload::Sound(sound) }
        };
        let everybody: Arc<[i16]> = self.total.iter().map(|sum| saturated(*sum)).collect();
        for (index, whom) in self.heard.iter().enumerate().filter(|(_, whom)| !whom.is_empty()) {
            let mut left_out = self.speaking().filter(|(port, _)| !whom.contains(*port)).map(|(_, block)| block);
            let samples = match (left_out.next(), left_out.next()) {
                (None, _) => Arc::clone(&everybody),
                (Some(own), None) => {
                    let others = self.total.iter().zip(own);
                    others.map(|(sum, own)| saturated(sum - i32::from(*own))).collect()
                }
                _ => self.sum(*whom).into_iter().map(saturated).collect(),
            };
            cx.emit(Port(index).others(), item(samples));
        }
        if self.settings.life == Life::Inputs {
            cx.emit(SOUND, item(everybody));
        }
    }

    /// Who speaks in the block that is being mixed, and what.
    fn speaking(&self) -> impl Iterator<Item = (Port, &[i16])> {
        let ports = self.parties.iter().enumerate();
        ports.filter(|(_, party)| party.present && party.speaks).map(|(port, party)| (Port(port), &party.block[..]))
    }

    /// The sum of some parties alone.
    fn sum(&self, whom: PortSet) -> Vec<i32> {
        let mut sum = vec![0; SAMPLES];
        for (_, block) in self.speaking().filter(|(port, _)| whom.contains(*port)) {
            for (sum, sample) in sum.iter_mut().zip(block) {
                *sum += i32::from(*sample);
            }
        }
        sum
    }

    fn all_ended(&self) -> bool {
        let mut present = self.present().peekable();
        present.peek().is_some() && present.all(|party| party.ended && party.voice.is_empty())
    }

    fn end_if_all_ended(&mut self, cx: &mut Context) {
        let all = self.settings.life == Life::Inputs && self.all_ended();
        if all && !self.ended {
            cx.end(SOUND);
            (0..self.parties.len()).for_each(|index| cx.end(Port(index).others()));
        }
        self.ended = all;
    }
}

/// When a block begins.
fn time_of(block: i64) -> MediaTime {
    MediaTime::from_ticks(block * BLOCK, SAMPLING.0)
}

impl Party {
    fn reset(&mut self) {
        (self.present, self.began, self.ended, self.speaks) = (false, false, false, false);
        self.voice.clear();
    }

    /// Whether all of a block has come, or nothing more will.
    fn reaches(&self, block: i64) -> bool {
        self.ended || (!self.voice.is_empty() && self.voice.tail() >= (block + 1) * BLOCK)
    }
}
