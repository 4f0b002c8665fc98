//! Hubs: what mixes and switches the streams of many parties.

crate::declarations! {
    pub(super) static PART in "elements";

    classes {
        /// Shows all parties in one picture, and mixes their sound.
        ///
        /// The pictures stand in a grid of as many columns as the square root of their number, rounded up. All ports give
        /// the same picture; the sound that a port gives leaves out its own party.
        class Composite: Hub {
            /// Makes one without ports.
            new {
                /// The pipeline.
                mediaPipeline: MediaPipeline,
                /// Width of the picture, in pixels.
                width?: int = 800,
                /// Height of the picture, in pixels.
                height?: int = 600,
                /// Pictures a second.
                framerate?: int = 15,
            }
        }

        /// Gives each port what one other port is fed, as the application says.
        class Dispatcher: Hub {
            /// Makes one without ports.
            new {
                /// The pipeline.
                mediaPipeline: MediaPipeline,
            }
            methods {
                /// Gives one port what another is fed, instead of what it gave before.
                connect(
                    /// The port that is fed.
                    source: HubPort,
                    /// The port that gives it.
                    sink: HubPort,
                ),
            }
        }

        /// Gives all ports what one of them is fed.
        class DispatcherOneToMany: Hub {
            /// Makes one without ports.
            new {
                /// The pipeline.
                mediaPipeline: MediaPipeline,
            }
            methods {
                /// Chooses the port whose media all ports give, itself too.
                setSource(
                    /// The port.
                    source: HubPort,
                ),
                /// Chooses none: the ports give nothing.
                removeSource(),
            }
        }

        /// Gives each port the pictures of one port and the sound of several, as the application says.
        class Mixer: Hub {
            /// Makes one without ports.
            new {
                /// The pipeline.
                mediaPipeline: MediaPipeline,
            }
            methods {
                /// Lets one port give what another is fed: pictures instead of those that it gave, sound mixed with what it
                /// gives.
                connect(
                    /// The kind of media.
                    media: MediaType,
                    /// The port that is fed.
                    source: HubPort,
                    /// The port that gives it.
                    sink: HubPort,
                ),
                /// Takes back what `connect` said.
                disconnect(
                    /// The kind of media.
                    media: MediaType,
                    /// The port that is fed.
                    source: HubPort,
                    /// The port that gave it.
                    sink: HubPort,
                ),
            }
        }

        /// Lays the pictures of ports over that of one of them, the master, and mixes the sound of all.
        class AlphaBlending: Hub {
            /// Makes one without ports.
            new {
                /// The pipeline.
                mediaPipeline: MediaPipeline,
            }
            methods {
                /// Chooses the master: its picture has the size of the whole.
                setMaster(
                    /// The port.
                    source: HubPort,
                    /// Its layer; what has a higher number lies above.
                    zOrder: int,
                ),
                /// Places the picture of a port. Places and sizes are parts of the master's picture, from 0 to 1.
                setPortProperties(
                    /// Its left edge.
                    relativeX: float,
                    /// Its upper edge.
                    relativeY: float,
                    /// Its layer; what has a higher number lies above.
                    zOrder: int,
                    /// Its width.
                    relativeWidth: float,
                    /// Its height.
                    relativeHeight: float,
                    /// The port.
                    port: HubPort,
                ),
            }
        }
    }
}
