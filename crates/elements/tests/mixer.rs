//! The mixer under a virtual clock: pictures compared with what they should be, sound by its tones.

mod support;

use support::{Taken, cut, loudness, luma, plain, psnr, tone, waves};
use trellis_elements::mixer::{
    self, Life, MixerCommand, MixerEvent, MixerSettings, PICTURE, Port, PortSet, SOUND, STALL, Wish,
};
use trellis_elements::player::Pace;
use trellis_elements::{catalogue, program};
use trellis_graph::{Context, Element, ElementId, Node, NodeError, PadSpec, Simulation};
use trellis_media::{Caps, Format, FrameRate, Item, Kind, MediaTime, Payload, Picture};

const SETTINGS: MixerSettings = MixerSettings {
    ports: 4,
    width: 320,
    height: 240,
    frame_rate: FrameRate(25_000),
    latency: MediaTime::from_millis(100),
    pace: Pace::RealTime,
    life: Life::Inputs,
};
const TONES: [f64; 3] = [400.0, 1_000.0, 2_500.0];

fn millis(millis: i64) -> MediaTime {
    MediaTime::from_millis(millis)
}

/// A live source that the test feeds.
struct Camera;

impl Node for Camera {
    fn process(&mut self, _input: usize, _item: Item, _cx: &mut Context) -> Result<(), NodeError> {
        Ok(())
    }
}

/// A simulated pipeline with a mixer, all of whose outputs are kept.
struct Room {
    pipeline: Simulation,
    mixer: ElementId,
    picture: Taken,
    everybody: Taken,
    others: Vec<Taken>,
}

impl Room {
    fn new(settings: MixerSettings) -> Room {
        let mut pipeline = Simulation::new(catalogue::converters());
        let mixer = pipeline.turn(|turn| turn.add(mixer::element("mixer", settings).unwrap()));
        let mut keep = |pad: usize, kind: Kind| {
            let taken = Taken::default();
            let sink = taken.sink("kept", kind, Caps::any_of(kind));
            pipeline.turn(|turn| {
                let sink = turn.add(sink);
                turn.connect((mixer, pad), (sink, 0)).unwrap();
            });
            taken
        };
        let (picture, everybody) = (keep(PICTURE, Kind::Video), keep(SOUND, Kind::Audio));
        let others = (0..settings.ports).map(|port| keep(Port(port).others(), Kind::Audio)).collect();
        Room { pipeline, mixer, picture, everybody, others }
    }

    /// A camera with a microphone at a port: pads 0 for sound and 1 for pictures.
    fn camera(&mut self, port: usize, sampling: (u32, u16)) -> ElementId {
        let sources = [Kind::Audio, Kind::Video].map(PadSpec::source).into();
        let element = Element { name: "camera".into(), sinks: Vec::new(), sources, live: true, node: Box::new(Camera) };
        let mixer = self.mixer;
        self.pipeline.turn(|turn| {
            let camera = turn.add(element);
            turn.set_format(camera, 0, Format::raw_audio(sampling.0, sampling.1));
            turn.set_format(camera, 1, Format::raw_video());
            turn.connect((camera, 0), (mixer, Port(port).sound())).unwrap();
            turn.connect((camera, 1), (mixer, Port(port).picture())).unwrap();
            camera
        })
    }

    fn show(&mut self, camera: ElementId, time: i64, picture: &Picture) {
        let item = Item { time: millis(time), payload: Payload::Picture(picture.clone()) };
        self.pipeline.turn(|turn| turn.emit(camera, 1, item));
    }

    fn say(&mut self, camera: ElementId, block: usize, hertz: f64) {
        let item = Item { time: millis(block as i64 * 20), payload: Payload::Sound(tone(hertz, block)) };
        self.pipeline.turn(|turn| turn.emit(camera, 0, item));
    }

    /// A file at a port that gives these items as fast as they are taken.
    fn file(&mut self, input: usize, format: Format, items: Vec<Item>) -> ElementId {
        let mut items = items.into_iter();
        let source = program::source("file", format, Pace::AsFastAsPossible, move || items.next());
        let mixer = self.mixer;
        self.pipeline.turn(|turn| {
            let source = turn.add(source);
            turn.connect((source, 0), (mixer, input)).unwrap();
            turn.command(mixer, Box::new(MixerCommand::Connected(input)));
            source
        })
    }
}

fn pictures(step: i64, count: i64, picture: impl Fn(i64) -> Picture) -> Vec<Item> {
    let item = |number| Item { time: millis(number * step), payload: Payload::Picture(picture(number)) };
    (0..count).map(item).collect()
}

#[test]
fn four_pictures_of_different_sizes_lie_in_a_grid_each_stretched_to_its_cell() {
    let mut room = Room::new(SETTINGS);
    let sizes = [(640, 480), (160, 120), (320, 180), (176, 144)];
    for (port, (width, height)) in sizes.into_iter().enumerate() {
        let camera = room.camera(port, (48_000, 2));
        room.show(camera, 0, &waves(width, height, port));
        room.pipeline.run_until(millis(1));
    }
    room.pipeline.run_until(millis(200));
    let pictures = room.picture.pictures();
    let (_, mixed) = pictures.last().unwrap();
    assert_eq!((mixed.width(), mixed.height()), (320, 240));
    for (port, [x, y]) in [[0, 0], [160, 0], [0, 120], [160, 120]].into_iter().enumerate() {
        let alike = psnr(&cut(mixed, [x, y, 160, 120]), &waves(160, 120, port));
        assert!(alike > 35.0, "port {port}: {alike:.1} dB");
    }
}

#[test]
fn a_tick_shows_the_newest_picture_that_is_not_after_its_middle() {
    let mut room = Room::new(SETTINGS);
    let camera = room.camera(0, (48_000, 2));
    // Luma tells the time of the picture in units of 10 ms; a picture each 30 ms, a tick each 40 ms.
    for time in (0..900).step_by(30) {
        room.pipeline.run_until(millis(time));
        room.show(camera, time, &plain(320, 240, [(time / 10) as u8 + 16, 128, 128]));
    }
    let shown: Vec<(i64, i64)> = room
        .picture
        .pictures()
        .iter()
        .map(|(time, picture)| (time.millis(), i64::from(luma(picture, 9, 9) - 16) * 10))
        .collect();
    assert!(shown.len() >= 18, "{} pictures", shown.len());
    for (tick, time) in shown {
        assert_eq!(time, (tick + 20) / 30 * 30, "at {tick} ms");
    }
}

#[test]
fn pictures_come_at_the_output_rate_each_a_latency_after_its_time() {
    let mut room = Room::new(SETTINGS);
    let camera = room.camera(2, (48_000, 2));
    let mut came = Vec::new();
    for time in 0..1_000 {
        room.pipeline.run_until(millis(time));
        if time % 33 == 0 {
            room.show(camera, time, &plain(64, 64, [90, 128, 128]));
        }
        came.extend(room.picture.pictures().iter().map(|(tick, _)| time - tick.millis()));
        room.picture.clear();
    }
    assert!((22..=23).contains(&came.len()), "{} pictures", came.len());
    assert!(came.iter().all(|latency| *latency == 100), "{came:?}");
}

#[test]
fn parties_join_stand_still_and_leave_and_the_grid_follows() {
    let mut room = Room::new(SETTINGS);
    let (first, second) = (room.camera(3, (48_000, 2)), room.camera(1, (48_000, 2)));
    let (white, grey) = (plain(64, 48, [230, 128, 128]), plain(64, 48, [110, 128, 128]));
    let at = |room: &Room| {
        let (_, picture) = room.picture.pictures().pop().unwrap();
        [luma(&picture, 40, 120), luma(&picture, 280, 120)]
    };
    let mut time = 0;
    let mut run = |room: &mut Room, until: i64, firsts: bool, seconds: bool| {
        while time < until {
            time += 40;
            room.pipeline.run_until(millis(time));
            if firsts {
                room.show(first, time, &white);
            }
            if seconds {
                room.show(second, time, &grey);
            }
        }
    };
    run(&mut room, 1_000, true, false);
    assert_eq!(at(&room), [230, 230], "alone, the whole picture");
    run(&mut room, 2_000, true, true);
    assert_eq!(at(&room), [230, 110], "who came first is on the left, whatever the port");
    run(&mut room, 4_000, true, false);
    assert_eq!(at(&room), [230, 110], "who stands still keeps the last picture");
    run(&mut room, 2_000 + STALL.millis() + 400, true, false);
    assert_eq!(at(&room), [230, 230], "who has been still for too long has left");
    run(&mut room, 9_000, true, true);
    assert_eq!(at(&room), [230, 110], "and is back with the next picture");
    let mixer = room.mixer;
    room.pipeline.turn(|turn| {
        turn.disconnect(mixer, Port(3).picture());
        turn.command(mixer, Box::new(MixerCommand::Disconnected(Port(3).picture())));
    });
    run(&mut room, 9_400, false, true);
    assert_eq!(at(&room), [110, 110], "who is disconnected leaves at once");
    run(&mut room, 16_000, false, false);
    assert_eq!(at(&room), [16, 16], "black when nobody is left");
    room.picture.clear();
    run(&mut room, 30_000, false, false);
    assert!(room.picture.items().is_empty(), "and then nothing");
}

#[test]
fn everybody_hears_everybody_but_themselves() {
    let mut room = Room::new(SETTINGS);
    let cameras = [0, 1, 2].map(|port| room.camera(port, (48_000, 2)));
    for block in 0..60 {
        room.pipeline.run_until(millis(block as i64 * 20 + 20));
        for (camera, hertz) in cameras.into_iter().zip(TONES) {
            room.say(camera, block, hertz);
        }
    }
    room.pipeline.run_until(millis(1_400));
    let hears = |taken: &Taken| {
        let (_, samples) = taken.samples();
        let middle = &samples[20 * 1_920..40 * 1_920];
        TONES.map(|hertz| loudness(middle, hertz) > 7_000.0)
    };
    assert_eq!(hears(&room.everybody), [true, true, true]);
    assert_eq!(hears(&room.others[0]), [false, true, true]);
    assert_eq!(hears(&room.others[1]), [true, false, true]);
    assert_eq!(hears(&room.others[2]), [true, true, false]);
    assert_eq!(hears(&room.others[3]), [true, true, true], "who only listens");
    let (_, samples) = room.others[0].samples();
    assert!(loudness(&samples[20 * 1_920..40 * 1_920], TONES[0]) < 5.0, "nothing of one's own voice");
}

#[test]
fn sound_of_another_sampling_is_resampled_on_the_way() {
    let mut room = Room::new(SETTINGS);
    let camera = room.camera(0, (16_000, 1));
    for block in 0..60 {
        room.pipeline.run_until(millis(block as i64 * 20 + 20));
        let mut sound = tone(1_000.0, block);
        (sound.rate, sound.channels) = (16_000, 1);
        sound.samples = sound.samples.iter().step_by(6).copied().collect();
        let item = Item { time: millis(block as i64 * 20), payload: Payload::Sound(sound) };
        room.pipeline.turn(|turn| turn.emit(camera, 0, item));
    }
    room.pipeline.run_until(millis(1_400));
    let (_, samples) = room.everybody.samples();
    let heard = loudness(&samples[20 * 1_920..40 * 1_920], 1_000.0);
    // One channel comes to each of two 3 dB softer.
    assert!((5_400.0..8_200.0).contains(&heard), "{heard}");
    assert_eq!(room.pipeline.report().converters.get("swresample/resample"), Some(&1));
}

#[test]
fn a_sum_too_loud_is_cut_off_and_does_not_wrap() {
    let mut room = Room::new(SETTINGS);
    let cameras = [0, 1, 2].map(|port| room.camera(port, (48_000, 2)));
    for block in 0..20 {
        room.pipeline.run_until(millis(block * 20 + 20));
        for camera in cameras {
            let mut sound = tone(0.0, 0);
            sound.samples = vec![20_000; 1_920].into();
            let item = Item { time: millis(block * 20), payload: Payload::Sound(sound) };
            room.pipeline.turn(|turn| turn.emit(camera, 0, item));
        }
    }
    let (_, all) = room.everybody.samples();
    let (_, two) = room.others[0].samples();
    assert!(all[9_600..].iter().all(|sample| *sample == i16::MAX));
    assert!(two[9_600..].iter().all(|sample| *sample == i16::MAX), "40,000 is cut off too");
}

#[test]
fn blocks_follow_each_other_without_a_gap_though_a_party_is_late_or_gone() {
    let mut room = Room::new(SETTINGS);
    let cameras = [0, 1].map(|port| room.camera(port, (48_000, 2)));
    for block in 0..100 {
        room.pipeline.run_until(millis(block as i64 * 20 + 20));
        room.say(cameras[0], block, TONES[0]);
        if !(30..60).contains(&block) {
            room.say(cameras[1], block, TONES[1]);
        }
    }
    let times: Vec<i64> = room.everybody.items().iter().map(|item| item.time.millis()).collect();
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] == 20), "{times:?}");
    let (first, samples) = room.everybody.samples();
    let part = |from: i64, to: i64| {
        let at = |time: i64| ((time - first.millis()) * 96) as usize;
        &samples[at(from)..at(to)]
    };
    assert!(loudness(part(400, 600), TONES[1]) > 7_000.0);
    assert!(loudness(part(600, 1_200), TONES[1]) < 50.0);
    assert!(loudness(part(1_200, 1_600), TONES[1]) > 7_000.0);
    assert!(loudness(part(600, 1_200), TONES[0]) > 7_000.0, "the others go on");
}

#[test]
fn a_flash_and_a_beep_that_were_sampled_together_leave_with_the_same_time() {
    let mut room = Room::new(SETTINGS);
    let camera = room.camera(0, (48_000, 2));
    let other = room.camera(1, (48_000, 2));
    let flash = 1_000;
    for time in (0..1_500).step_by(20) {
        room.pipeline.run_until(millis(time + 30));
        let hertz = if time == flash { TONES[1] } else { 0.0 };
        room.say(camera, time as usize / 20, hertz);
        if time % 40 == 0 {
            let luma = if time == flash { 235 } else { 16 };
            room.show(camera, time, &plain(64, 48, [luma, 128, 128]));
            room.show(other, time, &plain(64, 48, [16, 128, 128]));
        }
    }
    let flashed = room.picture.pictures().into_iter().find(|(_, picture)| luma(picture, 20, 120) > 200).unwrap().0;
    let beeped = room.everybody.items().into_iter().find(|item| match &item.payload {
        Payload::Sound(sound) => sound.samples.iter().any(|sample| *sample > 1_000),
        _ => false,
    });
    assert_eq!((flashed, beeped.unwrap().time), (millis(flash), millis(flash)));
}

#[test]
fn files_are_mixed_as_fast_as_they_can_be_and_no_picture_is_left_out() {
    let mut room = Room::new(MixerSettings { pace: Pace::AsFastAsPossible, ..SETTINGS });
    // Numbers in the pixels; the second file is shorter and begins later than the first.
    let number = |number: i64| plain(64, 48, [number as u8 + 16, 128, 128]);
    let long = room.file(Port(0).picture(), Format::raw_video(), pictures(40, 200, number));
    let mut short = pictures(40, 100, number);
    short.iter_mut().for_each(|item| item.time += millis(400));
    let short = room.file(Port(1).picture(), Format::raw_video(), short);
    let sound = |block: usize| Item { time: millis(block as i64 * 20), payload: Payload::Sound(tone(TONES[0], block)) };
    let voice = room.file(Port(0).sound(), Format::raw_audio(48_000, 2), (0..400).map(sound).collect());
    room.pipeline.turn(|turn| {
        for source in [long, short, voice] {
            turn.command(source, Box::new(program::SourceCommand::Begin));
        }
    });
    assert_eq!(room.pipeline.now(), MediaTime::ZERO, "no time has passed");
    let mixed = room.picture.pictures();
    assert_eq!(mixed.len(), 200);
    for (index, (time, picture)) in mixed.iter().enumerate() {
        let index = index as i64;
        assert_eq!(*time, millis(index * 40));
        let left = i64::from(luma(picture, 40, 120)) - 16;
        let right = i64::from(luma(picture, 280, 120)) - 16;
        let both = (10..110).contains(&index);
        assert_eq!((left, right), (index, if both { index - 10 } else { index }), "picture {index}");
    }
    let (first, samples) = room.everybody.samples();
    assert_eq!((first, samples.len()), (MediaTime::ZERO, 400 * 1_920));
    assert!(samples.chunks(1_920).enumerate().all(|(block, samples)| samples == &*tone(TONES[0], block).samples));
}

#[test]
fn outputs_end_when_all_inputs_have_ended() {
    let mut room = Room::new(MixerSettings { pace: Pace::AsFastAsPossible, ..SETTINGS });
    let picture = |_| plain(64, 48, [99, 128, 128]);
    let files = [0, 1].map(|port| {
        let items = pictures(40, 10 + port as i64 * 10, picture);
        room.file(Port(port).picture(), Format::raw_video(), items)
    });
    let ends = |room: &mut Room| {
        let notices = room.pipeline.take_notices();
        notices.iter().filter(|(_, notice)| matches!(notice, trellis_graph::Notice::EndOfStream)).count()
    };
    room.pipeline.turn(|turn| turn.command(files[0], Box::new(program::SourceCommand::Begin)));
    assert_eq!(ends(&mut room), 1, "the first file itself");
    assert!(room.picture.items().is_empty(), "the second file is connected, and therefore waited for");
    room.pipeline.turn(|turn| turn.command(files[1], Box::new(program::SourceCommand::Begin)));
    assert_eq!(room.picture.items().len(), 20);
    assert_eq!(ends(&mut room), 2, "the second file, and the sink of the mixed pictures");
}

#[test]
fn times_rounded_to_milliseconds_show_every_picture_once() {
    let settings = MixerSettings { pace: Pace::AsFastAsPossible, frame_rate: FrameRate(30_000), ..SETTINGS };
    let mut room = Room::new(settings);
    let mut items = pictures(1, 120, |number| plain(64, 48, [number as u8 + 16, 128, 128]));
    for (number, item) in items.iter_mut().enumerate() {
        item.time = millis((number as f64 * 1_000.0 / 30.0).round() as i64);
    }
    let file = room.file(Port(0).picture(), Format::raw_video(), items);
    room.pipeline.turn(|turn| turn.command(file, Box::new(program::SourceCommand::Begin)));
    let numbers: Vec<u8> = room.picture.pictures().iter().map(|(_, picture)| luma(picture, 9, 9) - 16).collect();
    assert_eq!(numbers, (0..120).collect::<Vec<u8>>());
}

#[test]
fn a_port_that_never_gives_anything_does_not_fill_the_memory() {
    let mut room = Room::new(MixerSettings { pace: Pace::AsFastAsPossible, ..SETTINGS });
    let endless = pictures(40, 2_000, |_| plain(64, 48, [99, 1, 1]));
    let endless = room.file(Port(0).picture(), Format::raw_video(), endless);
    room.file(Port(1).picture(), Format::raw_video(), Vec::new());
    room.pipeline.turn(|turn| turn.command(endless, Box::new(program::SourceCommand::Begin)));
    assert!(room.picture.items().len() > 1_700, "the first, who is not told to wait, goes on without the second");
    let notices = room.pipeline.take_notices();
    let warnings = notices.iter().filter(|(_, notice)| matches!(notice, trellis_graph::Notice::Warning(_)));
    assert_eq!(warnings.count(), 1, "which is said once");
}

#[test]
fn a_source_that_runs_ahead_is_wished_to_stand_still_and_then_to_go_on() {
    let mut room = Room::new(MixerSettings { pace: Pace::AsFastAsPossible, ..SETTINGS });
    let grey = |_| plain(64, 48, [99, 1, 1]);
    let first = room.file(Port(0).picture(), Format::raw_video(), pictures(40, 60, grey));
    let second = room.file(Port(1).picture(), Format::raw_video(), pictures(40, 60, grey));
    let mut wishes = |start| {
        room.pipeline.turn(|turn| turn.command(start, Box::new(program::SourceCommand::Begin)));
        let notices = room.pipeline.take_notices().into_iter();
        let events = notices.filter_map(|(_, notice)| match notice {
            trellis_graph::Notice::Custom(event) => event.downcast_ref::<MixerEvent>().copied(),
            _ => None,
        });
        events.collect::<Vec<_>>()
    };
    let input = Port(0).picture();
    assert_eq!(wishes(first), [MixerEvent { input, wish: Wish::Pause, number: 1 }]);
    assert_eq!(wishes(second), [MixerEvent { input, wish: Wish::GoOn, number: 2 }]);
}

#[test]
fn by_the_clock_there_is_a_picture_at_every_tick_and_silence_for_whom_hears_somebody() {
    let mut room = Room::new(MixerSettings { life: Life::Clock, ..SETTINGS });
    let mixer = room.mixer;
    let tell = |room: &mut Room, command| room.pipeline.turn(|turn| turn.command(mixer, Box::new(command)));
    room.pipeline.run_until(millis(1_000));
    tell(&mut room, MixerCommand::Show);
    tell(&mut room, MixerCommand::Hear(Port(1), PortSet::all_but(Port(1))));
    room.pipeline.run_until(millis(2_000));
    let pictures = room.picture.pictures();
    assert!((24..=26).contains(&pictures.len()), "{} pictures", pictures.len());
    assert!(pictures.iter().all(|(_, picture)| luma(picture, 160, 120) == 16));
    assert!(pictures.windows(2).all(|pair| pair[1].0 - pair[0].0 == millis(40)));
    let (_, silence) = room.others[1].samples();
    assert!((47_000..=50_000).contains(&(silence.len() / 2)) && silence.iter().all(|sample| *sample == 0));
    assert!(room.others[0].items().is_empty() && room.everybody.items().is_empty(), "nobody asked for these");
    tell(&mut room, MixerCommand::Hide);
    tell(&mut room, MixerCommand::Hear(Port(1), PortSet::default()));
    room.pipeline.run_until(millis(2_100));
    room.picture.clear();
    room.others[1].clear();
    room.pipeline.run_until(millis(4_000));
    assert!(room.picture.items().is_empty() && room.others[1].items().is_empty());
}

#[test]
fn a_port_hears_whom_it_was_told_to_itself_included() {
    let mut room = Room::new(MixerSettings { life: Life::Clock, ..SETTINGS });
    let mixer = room.mixer;
    let cameras: Vec<ElementId> = (0..3).map(|port| room.camera(port, (48_000, 2))).collect();
    let sets = [[1, 2], [1, 1], [0, 2]].map(|[one, other]| PortSet::default().with(Port(one)).with(Port(other)));
    for (port, whom) in sets.into_iter().enumerate() {
        room.pipeline.turn(|turn| turn.command(mixer, Box::new(MixerCommand::Hear(Port(port), whom))));
    }
    for block in 0..50 {
        for (camera, hertz) in cameras.iter().zip(TONES) {
            room.say(*camera, block, hertz);
        }
        room.pipeline.run_until(millis(block as i64 * 20 + 20));
    }
    for (port, whom) in sets.into_iter().enumerate() {
        let (_, samples) = room.others[port].samples();
        for (other, hertz) in TONES.into_iter().enumerate() {
            let loud = loudness(&samples[9_600..], hertz);
            let wanted = whom.contains(Port(other));
            assert!(if wanted { loud > 6_000.0 } else { loud < 100.0 }, "{port} hears {other}: {loud}");
        }
    }
}
