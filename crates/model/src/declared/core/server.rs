//! The server itself, as an object.

crate::declarations! {
    pub(super) static PART in "core";

    classes {
        /// The server itself. There is one, `manager_ServerManager`; it is neither created nor released.
        abstract ServerManager: MediaObject {
            properties {
                /// Version, modules and abilities of the server.
                readonly info: ServerInfo,
                /// The pipelines that there are.
                readonly pipelines: [MediaPipeline],
                /// Ids of the sessions that there are.
                readonly sessions: [String],
                /// The `metadata` of the server's configuration, as a text; empty without any.
                readonly metadata: String,
            }
            methods {
                /// Gives the descriptor of a module: its classes, types and events. Error 40500 for a module that is
                /// not known.
                getKmd(
                    /// The module: `core`, `elements`, `filters` or another that `info` lists.
                    moduleName: String,
                ) -> {
                    /// The descriptor, JSON as text.
                    String
                },
                /// Gives the number of processors that the server may use.
                getCpuCount() -> {
                    /// The number.
                    int
                },
                /// Measures how much the server computes. The answer comes when the interval is over; requests of the
                /// same connection wait for it, others do not. Error 40107 for an interval that is not 1 to 10000.
                getUsedCpu(
                    /// How long is measured, in milliseconds.
                    interval: int = 1000,
                ) -> {
                    /// Percent of all processors that the server may use.
                    float
                },
                /// Gives the memory that the server holds.
                getUsedMemory() -> {
                    /// Resident memory in KiB.
                    int64
                },
            }
            events { ObjectCreated, ObjectDestroyed }
        }
    }

    registers {
        /// A server.
        ServerInfo {
            /// The release of Kurento that it is compatible with.
            version: String,
            /// Its modules.
            modules: [ModuleInfo],
            /// What kind of server it is.
            type: ServerType,
            /// Names of what it can do besides: `transactions`.
            capabilities: [String],
        }
        /// A module of a server.
        ModuleInfo {
            /// Its version.
            version: String,
            /// Its name.
            name: String,
            /// When it was built; empty when it does not say.
            generationTime: String,
            /// The classes of the module that can be created here.
            factories: [String],
        }
    }

    enums {
        /// What a server is: one by itself (KMS), or one that stands before others (KCS).
        ServerType { KMS, KCS }
    }

    events {
        /// An object was created.
        ObjectCreated: RaiseBase {
            /// The new object.
            object: MediaObject,
        }
        /// An object is gone: released, or nobody held it any more.
        ObjectDestroyed: RaiseBase {
            /// The id that it had.
            objectId: String,
        }
    }
}
