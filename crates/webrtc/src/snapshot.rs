//! All that one session has counted, at one moment.

use crate::sealer::Sealer;
use crate::session::Session;
use crate::stats::{CandidateStats, ChannelState, ChannelStats, PathStats, PeerStats};
use rtc::data_channel::RTCDataChannelState;
use rtc::peer_connection::transport::RTCIceCandidate;
use rtc::statistics::StatsSelector;
use rtc::statistics::report::RTCStatsReport;
use std::time::{Duration, Instant};

impl Session {
    /// What has been counted up to `now`.
    pub fn stats(&mut self, now: Instant) -> PeerStats {
        let report = self.rtc.get_stats(now, StatsSelector::None);
        PeerStats {
            sent: self.outbound.iter().flatten().map(|outbound| outbound.stats.clone()).collect(),
            received: self.inbound.stats(),
            srtp: self.path.sealer.as_ref().map(Sealer::profile),
            available_outgoing: self.available,
            available_incoming: self.inbound.limit,
            path: self.path_stats(&report),
            channels: channels(&report),
        }
    }

    /// webrtc-rs counts what goes through it; the media that we seal ourselves does not.
    fn path_stats(&mut self, report: &RTCStatsReport) -> Option<PathStats> {
        let pair = self.selected()?;
        let (local, remote) = (pair.local(), pair.remote());
        let of_pair = |local_id: &str, remote_id: &str| local_id == local.id && remote_id == remote.id;
        let counted =
            report.candidate_pairs().find(|pair| of_pair(&pair.local_candidate_id, &pair.remote_candidate_id));
        let answered = counted.filter(|pair| pair.responses_received > 0);
        let seconds = |seconds: f64| Duration::try_from_secs_f64(seconds).unwrap_or_default();
        Some(PathStats {
            local: candidate(local),
            remote: candidate(remote),
            packets_sent: self.path.packets + counted.map_or(0, |pair| pair.packets_sent),
            bytes_sent: self.path.bytes + counted.map_or(0, |pair| pair.bytes_sent),
            packets_received: counted.map_or(0, |pair| pair.packets_received),
            bytes_received: counted.map_or(0, |pair| pair.bytes_received),
            round_trip: answered.map(|pair| seconds(pair.current_round_trip_time)),
            total_round_trip: answered.map_or(Duration::ZERO, |pair| seconds(pair.total_round_trip_time)),
            responses: answered.map_or(0, |pair| pair.responses_received),
        })
    }
}

fn candidate(candidate: &RTCIceCandidate) -> CandidateStats {
    CandidateStats {
        address: candidate.address.clone(),
        port: candidate.port,
        kind: candidate.typ.to_string(),
        priority: candidate.priority,
    }
}

fn channels(report: &RTCStatsReport) -> Vec<ChannelStats> {
    let mut channels: Vec<ChannelStats> = report
        .data_channels()
        .map(|channel| ChannelStats {
            channel: channel.data_channel_identifier,
            label: channel.label.clone(),
            protocol: channel.protocol.clone(),
            state: match channel.state {
                RTCDataChannelState::Open => ChannelState::Open,
                RTCDataChannelState::Closing => ChannelState::Closing,
                RTCDataChannelState::Closed => ChannelState::Closed,
                _ => ChannelState::Connecting,
            },
            messages_sent: channel.messages_sent.into(),
            bytes_sent: channel.bytes_sent,
            messages_received: channel.messages_received.into(),
            bytes_received: channel.bytes_received,
        })
        .collect();
    channels.sort_by_key(|channel| channel.channel);
    channels
}
