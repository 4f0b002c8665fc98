//! The pictures of a mixer: which of them each tick shows.

use crate::mixer::canvas::{Canvases, Drawn};
use crate::mixer::grid::{Cell, cells};
use crate::mixer::{Life, MixerSettings, PICTURE, STALL};
use crate::player::Pace;
use std::collections::VecDeque;
use trellis_codecs::PictureScaler;
use trellis_graph::{Context, NodeError, Notice};
use trellis_media::{Item, MediaTime, Payload, Picture};

/// In real time: pictures of one port that wait for their ticks, one for each. Beyond, the oldest goes.
const MAX_WAITING: usize = 32;
/// Otherwise: with so many waiting, a port is said to be ahead, until few are left. Its source should stand still.
const AHEAD: usize = 24;
const FEW: usize = 8;
/// Where nobody heeds that: with so many waiting, the ports that lag behind are waited for no longer.
const MAX_AHEAD: usize = 240;
/// Ticks done in one go when time does not pace them.
const BURST: usize = 4;
/// What an ended port's last picture is shown for, at the most.
const LONGEST: MediaTime = MediaTime::from_secs(1);

/// The state machine of a mixer's pictures.
pub(super) struct Pictures {
    settings: MixerSettings,
    feeds: Vec<Feed>,
    canvases: Canvases,
    /// The tick that comes next, counted from zero of the clock; `None` while there is nothing to show.
    next: Option<i64>,
    /// Numbers for pictures and for seats.
    count: u64,
    ended: bool,
    shows_something: bool,
    /// There is a picture at every tick, black when nobody is shown.
    always: bool,
    warned_of_lag: bool,
}

/// What comes from one port.
#[derive(Default)]
struct Feed {
    /// Somebody is connected, or has been giving pictures.
    present: bool,
    ended: bool,
    /// No two of them for the same tick.
    waiting: VecDeque<(MediaTime, Picture)>,
    shown: Option<Shown>,
    /// When the last one came, on the clock.
    came: MediaTime,
    /// Time of the newest picture, and its distance from the one before.
    newest: Option<MediaTime>,
    interval: MediaTime,
    scaler: PictureScaler,
    scaled: Option<Drawn>,
}

/// The picture that a port shows now.
struct Shown {
    time: MediaTime,
    picture: Picture,
    number: u64,
    /// Ports are shown in the order of their seats.
    seat: u64,
    /// It could not be scaled, which was told.
    broken: bool,
}

impl Pictures {
    pub fn new(settings: MixerSettings) -> Pictures {
        Pictures {
            settings,
            feeds: (0..settings.ports).map(|_| Feed::default()).collect(),
            canvases: Canvases::new(settings.width, settings.height),
            next: None,
            count: 0,
            ended: false,
            shows_something: false,
            always: false,
            warned_of_lag: false,
        }
    }

    fn time_of(&self, tick: i64) -> MediaTime {
        MediaTime::from_ticks(tick.saturating_mul(1_000), self.settings.frame_rate.0)
    }

    /// The first tick that is not before a time.
    fn tick_from(&self, time: MediaTime) -> i64 {
        let tick = time.ticks(self.settings.frame_rate.0) / 1_000;
        if self.time_of(tick) < time { tick + 1 } else { tick }
    }

    /// What a tick shows is not after this: the middle of the time that its picture lasts. So a picture is shown too
    /// early or too late by half of that at the most, and pictures that come at the mixer's own rate, with times that are
    /// rounded or jitter, are each shown once.
    fn limit_of(&self, tick: i64) -> MediaTime {
        self.time_of(tick) + self.half()
    }

    fn half(&self) -> MediaTime {
        MediaTime::from_nanos(self.time_of(1).nanos() / 2)
    }

    /// The first tick that shows a picture of this time.
    fn first_tick(&self, time: MediaTime) -> i64 {
        self.tick_from(time - self.half())
    }

    /// Shows a picture at every tick from now on.
    pub fn show(&mut self, now: MediaTime) {
        self.always = true;
        self.begin(now);
    }

    /// Shows pictures while there is anybody on them. With nobody to see them they go on no longer.
    pub fn hide(&mut self) {
        self.always = false;
    }

    /// In real time: the next tick is the first whose time has not come.
    fn begin(&mut self, now: MediaTime) {
        if self.next.is_none() {
            self.next = Some(self.tick_from(now - self.settings.latency));
        }
    }

    /// Somebody is connected to a port.
    pub fn join(&mut self, port: usize) {
        if let Some(feed) = self.feeds.get_mut(port) {
            feed.present = true;
            feed.ended = false;
        }
    }

    /// Nobody is any more.
    pub fn leave(&mut self, port: usize) {
        if let Some(feed) = self.feeds.get_mut(port) {
            feed.reset();
        }
    }

    /// A port has given all that it had.
    pub fn end(&mut self, port: usize) {
        if let Some(feed) = self.feeds.get_mut(port) {
            feed.ended = true;
        }
    }

    /// Whether a port is so far ahead of others that its source should stand still; `before`: whether it was.
    pub fn is_ahead(&self, port: usize, before: bool) -> bool {
        let limit = if before { FEW + 1 } else { AHEAD };
        let fast = self.settings.pace == Pace::AsFastAsPossible;
        fast && self.feeds.get(port).is_some_and(|feed| feed.waiting.len() >= limit)
    }

    /// A picture comes.
    pub fn push(&mut self, port: usize, time: MediaTime, picture: Picture, now: MediaTime) {
        let first_tick = self.first_tick(time);
        let before = self.feeds.get(port).and_then(|feed| Some(self.first_tick(feed.waiting.back()?.0)));
        let Some(feed) = self.feeds.get_mut(port) else { return };
        (feed.present, feed.ended, feed.came) = (true, false, now);
        if before == Some(first_tick) {
            // No tick would show the one before.
            feed.waiting.pop_back();
        }
        if let Some(newest) = feed.newest.filter(|newest| *newest < time) {
            feed.interval = (time - newest).min(LONGEST);
        }
        feed.newest = Some(time);
        if self.settings.pace == Pace::RealTime {
            if feed.waiting.len() == MAX_WAITING {
                feed.waiting.pop_front();
            }
            self.begin(now);
        }
        if let Some(feed) = self.feeds.get_mut(port) {
            feed.waiting.push_back((time, picture));
        }
    }

    /// When [`Pictures::run`] has something to do; a time that has passed: at once.
    pub fn due(&self) -> Option<MediaTime> {
        match self.settings.pace {
            Pace::RealTime => self.next.map(|tick| self.time_of(tick) + self.settings.latency),
            Pace::AsFastAsPossible => self.ready_tick().map(|_| MediaTime::ZERO),
        }
    }

    /// Does the ticks that are due.
    pub fn run(&mut self, cx: &mut Context) {
        match self.settings.pace {
            Pace::RealTime => {
                let late = self.settings.latency;
                if let Some(tick) = self.next.filter(|tick| self.time_of(*tick) + late <= cx.now()) {
                    // Who came too late for a tick does not make up for it.
                    let newest = self.tick_from(cx.now() - late + MediaTime::from_nanos(1)) - 1;
                    self.tick(tick.max(newest), cx);
                }
            }
            Pace::AsFastAsPossible => {
                for _ in 0..BURST {
                    let Some(tick) = self.ready_tick() else { break };
                    self.warn_of_lag(tick, cx);
                    self.tick(tick, cx);
                }
            }
        }
        self.end_if_all_ended(cx);
    }

    fn present(&self) -> impl Iterator<Item = &Feed> {
        self.feeds.iter().filter(|feed| feed.present)
    }

    /// The next tick, when nothing can come any more that it would have to show.
    fn ready_tick(&self) -> Option<i64> {
        let crowded = self.present().any(|feed| feed.waiting.len() >= MAX_AHEAD);
        let tick = match self.next {
            Some(tick) => tick,
            None => {
                let begun = |feed: &Feed| feed.ended || !feed.waiting.is_empty();
                if !crowded && !self.present().all(begun) {
                    return None;
                }
                let first = self.present().filter_map(|feed| Some(feed.waiting.front()?.0)).min()?;
                self.first_tick(first)
            }
        };
        let something = self.present().any(|feed| !feed.waiting.is_empty() || feed.shown.is_some());
        let limit = self.limit_of(tick);
        (something && (crowded || self.present().all(|feed| feed.reaches(limit)))).then_some(tick)
    }

    fn warn_of_lag(&mut self, tick: i64, cx: &mut Context) {
        let limit = self.limit_of(tick);
        if !self.warned_of_lag && !self.present().all(|feed| feed.reaches(limit)) {
            self.warned_of_lag = true;
            let text = "a port lags so far behind the others that its pictures come too late; play the files in \
                        real time to keep them together";
            cx.notify(Notice::Warning(NodeError::new(text)));
        }
    }

    /// Shows what belongs to a tick.
    fn tick(&mut self, tick: i64, cx: &mut Context) {
        let (time, limit) = (self.time_of(tick), self.limit_of(tick));
        for feed in &mut self.feeds {
            feed.advance(limit, &mut self.count);
            if self.settings.pace == Pace::RealTime && feed.newest.is_some() && cx.now() - feed.came > STALL {
                feed.reset();
            }
        }
        let drawn = self.arrange(cx);
        // One black picture follows the last that had something on it.
        if self.always || !drawn.is_empty() || (std::mem::take(&mut self.shows_something) && !self.all_ended()) {
            match self.canvases.draw(&drawn) {
                Ok(picture) => cx.emit(PICTURE, Item { time, payload: Payload::Picture(picture) }),
                Err(error) => cx.notify(Notice::Warning(error)),
            }
        }
        self.shows_something = !drawn.is_empty();
        let more = self.always || self.present().any(|feed| !feed.waiting.is_empty() || feed.shown.is_some());
        self.next = more.then_some(tick + 1);
    }

    /// Everybody's picture in its cell, in the order of the seats.
    fn arrange(&mut self, cx: &mut Context) -> Vec<Drawn> {
        let mut seated: Vec<(u64, &mut Feed)> =
            self.feeds.iter_mut().filter_map(|feed| Some((feed.shown.as_ref()?.seat, feed))).collect();
        seated.sort_by_key(|(seat, _)| *seat);
        let grid = cells(seated.len(), self.settings.width, self.settings.height);
        seated.into_iter().zip(grid).filter_map(|((_, feed), cell)| feed.drawn(cell, cx)).collect()
    }

    fn all_ended(&self) -> bool {
        let mut present = self.present().peekable();
        present.peek().is_some() && present.all(|feed| feed.ended && feed.waiting.is_empty() && feed.shown.is_none())
    }

    fn end_if_all_ended(&mut self, cx: &mut Context) {
        let all = self.settings.life == Life::Inputs && self.all_ended();
        if all && !self.ended {
            cx.end(PICTURE);
        }
        self.ended = all;
    }
}

impl Feed {
    fn reset(&mut self) {
        *self = Feed { scaler: std::mem::take(&mut self.scaler), ..Feed::default() };
    }

    /// Whether nothing before a time can come any more.
    fn reaches(&self, time: MediaTime) -> bool {
        self.ended || self.waiting.back().is_some_and(|(newest, _)| *newest >= time)
    }

    /// Takes the newest picture that is not after the limit of a tick, and lets go of the last one when its time is over.
    fn advance(&mut self, limit: MediaTime, count: &mut u64) {
        while self.waiting.front().is_some_and(|(time, _)| *time <= limit) {
            let Some((time, picture)) = self.waiting.pop_front() else { return };
            *count += 1;
            let seat = self.shown.as_ref().map_or(*count, |shown| shown.seat);
            self.shown = Some(Shown { time, picture, number: *count, seat, broken: false });
        }
        let over = |shown: &Shown| limit >= shown.time + self.interval;
        if self.ended && self.waiting.is_empty() && self.shown.as_ref().is_some_and(over) {
            self.shown = None;
        }
    }

    /// The shown picture at the size of its cell; `None` where it cannot be shown. Scaled once, however often shown.
    fn drawn(&mut self, cell: Cell, cx: &mut Context) -> Option<Drawn> {
        let shown = self.shown.as_mut().filter(|shown| !shown.broken && cell.width > 0 && cell.height > 0)?;
        let is_it = |drawn: &Drawn| {
            drawn.number == shown.number && (drawn.cell.width, drawn.cell.height) == (cell.width, cell.height)
        };
        if let Some(drawn) = self.scaled.as_mut().filter(|drawn| is_it(drawn)) {
            drawn.cell = cell;
            return Some(drawn.clone());
        }
        match self.scaler.scale(&shown.picture, cell.width, cell.height) {
            Ok(picture) => self.scaled = Some(Drawn { cell, picture, number: shown.number }),
            Err(error) => {
                shown.broken = true;
                cx.notify(Notice::Warning(error));
                self.scaled = None;
            }
        }
        self.scaled.clone()
    }
}
