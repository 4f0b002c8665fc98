//! RTCP as a session reads and writes it (RFC 3550 section 6, RFC 4585, RFC 5104).

use bytes::Bytes;
use rtc_rtcp::goodbye::Goodbye;
use rtc_rtcp::packet::{Packet, marshal};
use rtc_rtcp::payload_feedbacks::full_intra_request::{FirEntry, FullIntraRequest};
use rtc_rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use rtc_rtcp::payload_feedbacks::receiver_estimated_maximum_bitrate::ReceiverEstimatedMaximumBitrate;
use rtc_rtcp::receiver_report::ReceiverReport;
use rtc_rtcp::reception_report::ReceptionReport;
use rtc_rtcp::sender_report::SenderReport;
use rtc_rtcp::source_description::{SdesType, SourceDescription, SourceDescriptionChunk, SourceDescriptionItem};
use rtc_rtcp::transport_feedbacks::transport_layer_nack::TransportLayerNack;

/// Entries of one block that are read; a remote that writes more is not heard further.
const MOST_ENTRIES: usize = 32;

/// What a remote said.
#[derive(Debug)]
pub enum Feedback<'a> {
    /// When it sampled a timestamp.
    SenderReport { ssrc: u32, ntp: u64, timestamp: u32 },
    /// What it received of one of our streams.
    Reception(&'a ReceptionReport),
    /// A decoder of this stream of ours needs a key picture.
    PictureLoss(u32),
    /// Somebody new needs a key picture of this stream of ours.
    FullIntra(u32),
    /// It misses a packet of this stream of ours, and some of the sixteen after it.
    Lost { ssrc: u32, first: u16, following: u16 },
    /// The most it can take, in bits a second.
    Bandwidth(u64),
    /// These streams of its own have ended.
    Farewell(&'a [u32]),
}

/// Tells what one block of a compound packet says.
pub fn read(block: &dyn Packet, tell: &mut dyn FnMut(Feedback<'_>)) {
    let any = block.as_any();
    if let Some(report) = any.downcast_ref::<SenderReport>() {
        tell(Feedback::SenderReport { ssrc: report.ssrc, ntp: report.ntp_time, timestamp: report.rtp_time });
        report.reports.iter().take(MOST_ENTRIES).for_each(|report| tell(Feedback::Reception(report)));
    } else if let Some(report) = any.downcast_ref::<ReceiverReport>() {
        report.reports.iter().take(MOST_ENTRIES).for_each(|report| tell(Feedback::Reception(report)));
    } else if let Some(loss) = any.downcast_ref::<PictureLossIndication>() {
        tell(Feedback::PictureLoss(loss.media_ssrc));
    } else if let Some(request) = any.downcast_ref::<FullIntraRequest>() {
        request.fir.iter().take(MOST_ENTRIES).for_each(|entry| tell(Feedback::FullIntra(entry.ssrc)));
    } else if let Some(nack) = any.downcast_ref::<TransportLayerNack>() {
        for pair in nack.nacks.iter().take(MOST_ENTRIES) {
            let (ssrc, first, following) = (nack.media_ssrc, pair.packet_id, pair.lost_packets);
            tell(Feedback::Lost { ssrc, first, following });
        }
    } else if let Some(limit) = any.downcast_ref::<ReceiverEstimatedMaximumBitrate>() {
        tell(Feedback::Bandwidth(limit.bitrate.max(0.0) as u64));
    } else if let Some(goodbye) = any.downcast_ref::<Goodbye>() {
        tell(Feedback::Farewell(&goodbye.sources));
    }
}

/// A sender's report, or a receiver's where nothing has been sent.
pub fn report(ssrc: u32, sender: Option<SenderReport>, reports: Vec<ReceptionReport>) -> Box<dyn Packet> {
    match sender {
        Some(report) => Box::new(SenderReport { reports, ..report }),
        None => Box::new(ReceiverReport { ssrc, reports, ..ReceiverReport::default() }),
    }
}

/// A compound packet of a report, our name, and what else is to be said.
pub fn write(report: Box<dyn Packet>, ssrc: u32, cname: &str, rest: Vec<Box<dyn Packet>>) -> Option<Vec<u8>> {
    let name = SourceDescriptionItem { sdes_type: SdesType::SdesCname, text: Bytes::copy_from_slice(cname.as_bytes()) };
    let names = SourceDescription { chunks: vec![SourceDescriptionChunk { source: ssrc, items: vec![name] }] };
    let mut blocks = vec![report, Box::new(names) as Box<dyn Packet>];
    blocks.extend(rest);
    marshal(&blocks).ok().map(Vec::from)
}

pub fn picture_loss(sender_ssrc: u32, media_ssrc: u32) -> Box<dyn Packet> {
    Box::new(PictureLossIndication { sender_ssrc, media_ssrc })
}

/// RFC 5104 section 4.3.1: the source stands in the entry; `number` tells a new request from a repeated one.
pub fn full_intra(sender_ssrc: u32, ssrc: u32, number: u8) -> Box<dyn Packet> {
    let fir = vec![FirEntry { ssrc, sequence_number: number }];
    Box::new(FullIntraRequest { sender_ssrc, media_ssrc: 0, fir })
}

pub fn bandwidth(sender_ssrc: u32, ssrc: u32, bits: u64) -> Box<dyn Packet> {
    Box::new(ReceiverEstimatedMaximumBitrate { sender_ssrc, bitrate: bits as f32, ssrcs: vec![ssrc] })
}

pub fn farewell(ssrc: u32) -> Box<dyn Packet> {
    Box::new(Goodbye { sources: vec![ssrc], reason: Bytes::new() })
}
