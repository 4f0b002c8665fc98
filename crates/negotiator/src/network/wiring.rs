//! The links of a network, checked and indexed.

use super::{Element, Gives, MOST_FILTERS_IN_A_ROW, Network, NetworkError, Pad, Pads};

/// A network whose links fit its pads, and in which nothing follows from itself.
pub(crate) struct Wiring<'n> {
    pub network: &'n Network<'n>,
    /// For each element and source pad the sinks that it feeds, in the order of the links.
    outgoing: Vec<Vec<Vec<Pad>>>,
    /// For each element and sink pad what feeds it.
    incoming: Vec<Vec<Option<Pad>>>,
}

impl<'n> Wiring<'n> {
    pub fn new(network: &'n Network<'n>) -> Result<Wiring<'n>, NetworkError> {
        let mut wiring = Wiring { network, outgoing: Vec::new(), incoming: Vec::new() };
        for (index, element) in network.elements.iter().enumerate() {
            let pads = pads_of(index, element)?;
            wiring.outgoing.push(vec![Vec::new(); pads.sources.len()]);
            wiring.incoming.push(vec![None; pads.sinks.len()]);
        }
        for link in network.links {
            let sinks = wiring.outgoing.get_mut(link.source.element).and_then(|pads| pads.get_mut(link.source.pad));
            sinks.ok_or(NetworkError::NoPad(link.source))?.push(link.sink);
            let source = wiring.incoming.get_mut(link.sink.element).and_then(|pads| pads.get_mut(link.sink.pad));
            if source.ok_or(NetworkError::NoPad(link.sink))?.replace(link.source).is_some() {
                return Err(NetworkError::TwoLinks(link.sink));
            }
        }
        wiring.refuse_cycles()?;
        Ok(wiring)
    }

    /// The pads of an element under an option.
    pub fn pads(&self, element: usize, option: usize) -> &'n Pads {
        &self.network.elements[element].options[option]
    }

    /// The sinks that a source pad feeds.
    pub fn fed_by(&self, source: Pad) -> &[Pad] {
        &self.outgoing[source.element][source.pad]
    }

    /// What feeds a sink pad.
    pub fn feeder(&self, sink: Pad) -> Option<Pad> {
        self.incoming[sink.element][sink.pad]
    }

    /// Every source pad, in order.
    pub fn sources(&self) -> impl Iterator<Item = Pad> {
        let pads = |(element, pads): (usize, &Vec<Vec<Pad>>)| (0..pads.len()).map(move |pad| Pad { element, pad });
        self.outgoing.iter().enumerate().flat_map(pads)
    }

    /// The sink pads that a source pad can follow, under any option.
    pub fn followed(&self, source: Pad) -> impl Iterator<Item = Pad> {
        self.network.elements[source.element].options.iter().filter_map(move |pads| match &pads.sources[source.pad] {
            Gives::Follows(follows) => Some(Pad { element: source.element, pad: follows.sink }),
            Gives::All(_) | Gives::Nothing => None,
        })
    }

    /// Walks up from every source pad, over everything that it can follow.
    fn refuse_cycles(&self) -> Result<(), NetworkError> {
        /// How many filters a pad stands behind, once known.
        #[derive(Clone, Copy)]
        enum Seen {
            Not,
            Above,
            Depth(usize),
        }
        let mut seen: Vec<Vec<Seen>> = self.outgoing.iter().map(|pads| vec![Seen::Not; pads.len()]).collect();
        for begin in self.sources() {
            let mut path = vec![begin];
            while let Some(at) = path.last().copied() {
                let above: Vec<Pad> = self.followed(at).filter_map(|sink| self.feeder(sink)).collect();
                let depth_of = |pad: &Pad| match seen[pad.element][pad.pad] {
                    Seen::Depth(depth) => Some(depth),
                    _ => None,
                };
                let next = above.iter().find(|pad| depth_of(pad).is_none());
                if let Some(next) = next.copied() {
                    if next == at || matches!(seen[next.element][next.pad], Seen::Above) {
                        return Err(NetworkError::Cycle(next));
                    }
                    seen[at.element][at.pad] = Seen::Above;
                    path.push(next);
                    continue;
                }
                let depth = above.iter().filter_map(depth_of).max().map_or(0, |depth| depth + 1);
                if depth > MOST_FILTERS_IN_A_ROW {
                    return Err(NetworkError::TooLong(at));
                }
                seen[at.element][at.pad] = Seen::Depth(depth);
                path.pop();
            }
        }
        Ok(())
    }
}

/// The pads of an element under its first option, after a check of all.
fn pads_of(index: usize, element: &Element) -> Result<&Pads, NetworkError> {
    let first = element.options.first().ok_or(NetworkError::NoOption(index))?;
    for pads in &element.options {
        if (pads.sinks.len(), pads.sources.len()) != (first.sinks.len(), first.sources.len()) {
            return Err(NetworkError::Pads(index));
        }
        for gives in &pads.sources {
            if let Gives::Follows(follows) = gives
                && follows.sink >= pads.sinks.len()
            {
                return Err(NetworkError::NoPad(Pad { element: index, pad: follows.sink }));
            }
        }
    }
    Ok(first)
}
