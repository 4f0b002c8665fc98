//! Reads the RTCP that a remote sends, on its way to webrtc-rs' own interceptors.
//!
//! webrtc-rs gives an application only such RTCP as is addressed to one track by its first block, so that a compound
//! of a receiver report and a PLI can be lost; this tap sees every block.

use crate::SenderClock;
use parking_lot::Mutex;
use rtc::interceptor::{Interceptor, Packet, StreamInfo, TaggedPacket};
use rtc::rtcp::goodbye::Goodbye;
use rtc::rtcp::payload_feedbacks::full_intra_request::FullIntraRequest;
use rtc::rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use rtc::rtcp::payload_feedbacks::receiver_estimated_maximum_bitrate::ReceiverEstimatedMaximumBitrate;
use rtc::rtcp::receiver_report::ReceiverReport;
use rtc::rtcp::reception_report::ReceptionReport;
use rtc::rtcp::sender_report::SenderReport;
use rtc::rtcp::transport_feedbacks::transport_layer_nack::TransportLayerNack;
use rtc::sansio::Protocol;
use rtc::shared::error::Error;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

/// What a remote said in RTCP.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Feedback {
    /// PLI: a decoder of our stream needs a key picture (RFC 4585 section 6.3.1).
    PictureLoss {
        /// Our stream.
        ssrc: u32,
    },
    /// FIR: someone who has just come needs a key picture of our stream (RFC 5104 section 4.3.1).
    FullIntra {
        /// Our stream.
        ssrc: u32,
    },
    /// NACK: packets of our stream are missing (RFC 4585 section 6.2.1).
    Lost {
        /// Our stream.
        ssrc: u32,
        /// The first of them.
        first: u16,
        /// A bit for each of the sixteen after it.
        following: u16,
    },
    /// What the remote received of our stream.
    Reception(Reception),
    /// REMB: the most that the remote can take, over all our streams.
    Bandwidth {
        /// Bits a second.
        bits: u64,
    },
    /// When the remote sampled a timestamp (RFC 3550 section 6.4.1).
    SenderReport {
        /// The remote's stream.
        ssrc: u32,
        /// Its clocks.
        clock: SenderClock,
    },
    /// BYE: the remote ends a stream of its own (RFC 3550 section 6.6).
    Goodbye {
        /// The remote's stream.
        ssrc: u32,
    },
}

/// One block of a report (RFC 3550 section 6.4.1).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reception {
    /// Our stream.
    pub ssrc: u32,
    /// Of 256 packets since the report before.
    pub fraction_lost: u8,
    /// Since the beginning.
    pub packets_lost: i64,
    /// In ticks of the codec's clock.
    pub jitter: u32,
    /// The middle 32 bits of the NTP time of our last sender report.
    pub last_report: u32,
    /// How long ago that came, in 1/65,536 s.
    pub delay: u32,
}

impl From<&ReceptionReport> for Reception {
    fn from(report: &ReceptionReport) -> Reception {
        // 24 bits and signed.
        let packets_lost = i64::from((report.total_lost << 8) as i32 >> 8);
        Reception {
            ssrc: report.ssrc,
            fraction_lost: report.fraction_lost,
            packets_lost,
            jitter: report.jitter,
            last_report: report.last_sender_report,
            delay: report.delay,
        }
    }
}

/// Most feedback that waits; a remote that floods loses the rest.
const WAITING: usize = 256;

/// The feedback that has come and was not read yet.
#[derive(Clone, Default)]
pub struct FeedbackQueue(Arc<Mutex<Vec<Feedback>>>);

impl FeedbackQueue {
    /// All that has come since the last call.
    pub fn take(&self) -> Vec<Feedback> {
        std::mem::take(&mut *self.0.lock())
    }

    fn push(&self, feedback: Feedback) {
        let mut queue = self.0.lock();
        if queue.len() < WAITING {
            queue.push(feedback);
        }
    }

    fn reception(&self, reports: &[ReceptionReport]) {
        for report in reports {
            self.push(Feedback::Reception(report.into()));
        }
    }

    fn read(&self, block: &dyn rtc::rtcp::Packet) {
        let any = block.as_any();
        if let Some(pli) = any.downcast_ref::<PictureLossIndication>() {
            self.push(Feedback::PictureLoss { ssrc: pli.media_ssrc });
        } else if let Some(fir) = any.downcast_ref::<FullIntraRequest>() {
            for entry in &fir.fir {
                self.push(Feedback::FullIntra { ssrc: entry.ssrc });
            }
        } else if let Some(remb) = any.downcast_ref::<ReceiverEstimatedMaximumBitrate>() {
            self.push(Feedback::Bandwidth { bits: remb.bitrate.max(0.0) as u64 });
        } else if let Some(report) = any.downcast_ref::<SenderReport>() {
            let clock = SenderClock { ntp: report.ntp_time, timestamp: report.rtp_time };
            self.push(Feedback::SenderReport { ssrc: report.ssrc, clock });
            self.reception(&report.reports);
        } else if let Some(report) = any.downcast_ref::<ReceiverReport>() {
            self.reception(&report.reports);
        } else if let Some(nack) = any.downcast_ref::<TransportLayerNack>() {
            for pair in &nack.nacks {
                let (ssrc, first, following) = (nack.media_ssrc, pair.packet_id, pair.lost_packets);
                self.push(Feedback::Lost { ssrc, first, following });
            }
        } else if let Some(goodbye) = any.downcast_ref::<Goodbye>() {
            for ssrc in &goodbye.sources {
                self.push(Feedback::Goodbye { ssrc: *ssrc });
            }
        }
    }
}

/// Passes everything on, and notes the RTCP that comes in.
pub struct FeedbackTap {
    queue: FeedbackQueue,
    reads: VecDeque<TaggedPacket>,
    writes: VecDeque<TaggedPacket>,
}

impl FeedbackTap {
    pub fn new(queue: FeedbackQueue) -> FeedbackTap {
        FeedbackTap { queue, reads: VecDeque::new(), writes: VecDeque::new() }
    }
}

impl Protocol<TaggedPacket, TaggedPacket, ()> for FeedbackTap {
    type Rout = TaggedPacket;
    type Wout = TaggedPacket;
    type Eout = ();
    type Error = Error;
    type Time = Instant;

    fn handle_read(&mut self, packet: TaggedPacket) -> Result<(), Error> {
        if let Packet::Rtcp(blocks) = &packet.message.packet {
            for block in blocks {
                self.queue.read(block.as_ref());
            }
        }
        self.reads.push_back(packet);
        Ok(())
    }

    fn poll_read(&mut self) -> Option<TaggedPacket> {
        self.reads.pop_front()
    }

    fn handle_write(&mut self, packet: TaggedPacket) -> Result<(), Error> {
        self.writes.push_back(packet);
        Ok(())
    }

    fn poll_write(&mut self) -> Option<TaggedPacket> {
        self.writes.pop_front()
    }

    fn handle_timeout(&mut self, _now: Instant) -> Result<(), Error> {
        Ok(())
    }

    fn poll_timeout(&mut self) -> Option<Instant> {
        None
    }
}

impl Interceptor for FeedbackTap {
    fn bind_local_stream(&mut self, _info: &StreamInfo) {}
    fn unbind_local_stream(&mut self, _info: &StreamInfo) {}
    fn bind_remote_stream(&mut self, _info: &StreamInfo) {}
    fn unbind_remote_stream(&mut self, _info: &StreamInfo) {}
}
