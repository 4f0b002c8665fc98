//! Module `core`, part `server`.
//!
//! Made from the declarations of the remote classes: `trellis model rust core/server`.

use super::{MediaObject, MediaPipeline, Tag};
use trellis_client::generated::*;

/// A server.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerInfo {
    /// The release of Kurento that it is compatible with.
    pub version: String,
    /// Its modules.
    pub modules: Vec<ModuleInfo>,
    /// What kind of server it is.
    pub kind: ServerType,
    /// Names of what it can do besides: `transactions`.
    pub capabilities: Vec<String>,
}

impl FromWire for ServerInfo {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<ServerInfo, ClientError> {
        let fields = Fields::of(json, server)?;
        Ok(ServerInfo {
            version: fields.get("version")?,
            modules: fields.get("modules")?,
            kind: fields.get("type")?,
            capabilities: fields.get("capabilities")?,
        })
    }
}

/// A module of a server.
#[derive(Clone, Debug, PartialEq)]
pub struct ModuleInfo {
    /// Its version.
    pub version: String,
    /// Its name.
    pub name: String,
    /// When it was built; empty when it does not say.
    pub generation_time: String,
    /// The classes of the module that can be created here.
    pub factories: Vec<String>,
}

impl FromWire for ModuleInfo {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<ModuleInfo, ClientError> {
        let fields = Fields::of(json, server)?;
        Ok(ModuleInfo {
            version: fields.get("version")?,
            name: fields.get("name")?,
            generation_time: fields.get("generationTime")?,
            factories: fields.get("factories")?,
        })
    }
}

/// What a server is: one by itself (KMS), or one that stands before others (KCS).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ServerType {
    /// `KMS`.
    Kms,
    /// `KCS`.
    Kcs,
    /// A value that is not declared here.
    Unknown(String),
}

impl ServerType {
    /// Its name in the declarations.
    pub fn name(&self) -> &str {
        match self {
            ServerType::Kms => "KMS",
            ServerType::Kcs => "KCS",
            ServerType::Unknown(name) => name,
        }
    }
}

impl ToWire for ServerType {
    fn to_wire(&self) -> Json {
        self.name().into()
    }
}

impl FromWire for ServerType {
    fn from_wire(json: &Json, _: &MediaServer) -> Result<ServerType, ClientError> {
        Ok(match text(json)? {
            "KMS" => ServerType::Kms,
            "KCS" => ServerType::Kcs,
            other => ServerType::Unknown(other.to_owned()),
        })
    }
}

/// An object was created.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectCreated {
    /// The object that raises it.
    pub source: MediaObject,
    /// When, in milliseconds of Unix time, as a text.
    pub timestamp_millis: String,
    /// The object's tags, if it has `sendTagsInEvents` set; else none.
    pub tags: Vec<Tag>,
    /// The new object.
    pub object: MediaObject,
}

impl Event for ObjectCreated {
    const NAME: &'static str = "ObjectCreated";

    fn of(fields: &Fields<'_>) -> Result<ObjectCreated, ClientError> {
        Ok(ObjectCreated {
            source: fields.get("source")?,
            timestamp_millis: fields.get("timestampMillis")?,
            tags: fields.get("tags")?,
            object: fields.get("object")?,
        })
    }
}

/// An object is gone: released, or nobody held it any more.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectDestroyed {
    /// The object that raises it.
    pub source: MediaObject,
    /// When, in milliseconds of Unix time, as a text.
    pub timestamp_millis: String,
    /// The object's tags, if it has `sendTagsInEvents` set; else none.
    pub tags: Vec<Tag>,
    /// The id that it had.
    pub object_id: String,
}

impl Event for ObjectDestroyed {
    const NAME: &'static str = "ObjectDestroyed";

    fn of(fields: &Fields<'_>) -> Result<ObjectDestroyed, ClientError> {
        Ok(ObjectDestroyed {
            source: fields.get("source")?,
            timestamp_millis: fields.get("timestampMillis")?,
            tags: fields.get("tags")?,
            object_id: fields.get("objectId")?,
        })
    }
}

/// The server itself. There is one, `manager_ServerManager`; it is neither created nor released.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ServerManager(MediaObject);

impl Deref for ServerManager {
    type Target = MediaObject;

    fn deref(&self) -> &MediaObject {
        &self.0
    }
}

impl Class for ServerManager {
    const NAME: &'static str = "ServerManager";

    fn of(object: Object) -> ServerManager {
        ServerManager(MediaObject::of(object))
    }
}

impl ToWire for ServerManager {
    fn to_wire(&self) -> Json {
        Object::to_wire(self)
    }
}

impl FromWire for ServerManager {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<ServerManager, ClientError> {
        Object::from_wire(json, server).map(ServerManager::of)
    }
}

impl ServerManager {
    /// Gives the descriptor of a module: its classes, types and events. Error 40500 for a module that is not known.
    ///
    /// Gives: The descriptor, JSON as text.
    ///
    /// - `module_name`: The module: `core`, `elements`, `filters` or another that `info` lists.
    pub async fn get_kmd(&self, module_name: &str) -> Result<String, ClientError> {
        Object::call(self, "getKmd", vec![("moduleName", module_name.to_wire())]).await
    }

    /// Gives the number of processors that the server may use.
    ///
    /// Gives: The number.
    pub async fn get_cpu_count(&self) -> Result<i32, ClientError> {
        Object::call(self, "getCpuCount", vec![]).await
    }

    /// Measures how much the server computes. The answer comes when the interval is over; requests of the same
    /// connection wait for it, others do not. Error 40107 for an interval that is not 1 to 10000.
    ///
    /// Gives: Percent of all processors that the server may use.
    ///
    /// - `interval`: How long is measured, in milliseconds. Left out, it is `1000`.
    pub async fn get_used_cpu(&self, interval: i32) -> Result<f64, ClientError> {
        Object::call(self, "getUsedCpu", vec![("interval", interval.to_wire())]).await
    }

    /// Gives the memory that the server holds.
    ///
    /// Gives: Resident memory in KiB.
    pub async fn get_used_memory(&self) -> Result<i64, ClientError> {
        Object::call(self, "getUsedMemory", vec![]).await
    }

    /// Version, modules and abilities of the server.
    pub async fn get_info(&self) -> Result<ServerInfo, ClientError> {
        Object::call(self, "getInfo", vec![]).await
    }

    /// The pipelines that there are.
    pub async fn get_pipelines(&self) -> Result<Vec<MediaPipeline>, ClientError> {
        Object::call(self, "getPipelines", vec![]).await
    }

    /// Ids of the sessions that there are.
    pub async fn get_sessions(&self) -> Result<Vec<String>, ClientError> {
        Object::call(self, "getSessions", vec![]).await
    }

    /// The `metadata` of the server's configuration, as a text; empty without any.
    pub async fn get_metadata(&self) -> Result<String, ClientError> {
        Object::call(self, "getMetadata", vec![]).await
    }
}
