//! ServerManager: the one object that is always there.

use crate::control::Control;
use crate::objects::Entry;
use std::sync::Arc;
use trellis_model::{Args, Class, Remote, RemoteError, Value};

/// Its id.
pub(crate) const ID: &str = "manager_ServerManager";
/// The version of Kurento whose protocol and classes this is compatible with: clients check it.
const COMPATIBLE: &str = "7.3.0";

struct Manager {
    control: std::sync::Weak<crate::control::Inner>,
}

pub(crate) fn install(control: &Control) {
    let remote = Arc::new(Manager { control: Arc::downgrade(&control.0) });
    let mut entry = Entry::new(remote, None, ID.to_owned(), 0);
    // Nobody's last unref ends it.
    entry.holders.insert(String::new());
    control.0.state.lock().objects.insert(ID.into(), entry);
}

/// Tells subscribers of a new object.
pub(crate) fn created(control: &Control, id: &Arc<str>) {
    control.raise(ID, "ObjectCreated", vec![("object".to_owned(), Value::Text(id.to_string()))]);
}

/// Tells subscribers of an object that is gone.
pub(crate) fn destroyed(control: &Control, id: &str) {
    control.raise(ID, "ObjectDestroyed", vec![("objectId".to_owned(), Value::Text(id.to_owned()))]);
}

fn module(name: &str) -> Value {
    let own = trellis_model::classes()
        .filter(|class| class.module == name && !class.is_abstract && class.constructor.is_some());
    let factories = own.map(|class| class.name.into()).collect();
    Value::record(
        "ModuleInfo",
        [
            ("version", COMPATIBLE.into()),
            ("name", name.into()),
            ("generationTime", "".into()),
            ("factories", Value::List(factories)),
        ],
    )
}

fn info() -> Value {
    Value::record(
        "ServerInfo",
        [
            ("version", COMPATIBLE.into()),
            ("modules", Value::List(["core", "elements", "filters"].map(module).to_vec())),
            ("type", "KMS".into()),
            ("capabilities", Value::List(vec!["transactions".into()])),
        ],
    )
}

impl Manager {
    fn pipelines(&self) -> Value {
        let Some(control) = self.control.upgrade() else { return Value::List(Vec::new()) };
        let state = control.state.lock();
        let ids = state.objects.keys().filter(|id| id.ends_with("_kurento.MediaPipeline"));
        Value::List(ids.filter_map(|id| state.object(id).ok().map(Value::Object)).collect())
    }

    fn sessions(&self) -> Value {
        let Some(control) = self.control.upgrade() else { return Value::List(Vec::new()) };
        let state = control.state.lock();
        Value::List(state.sessions.keys().map(|id| id.as_str().into()).collect())
    }
}

impl Remote for Manager {
    fn class(&self) -> &'static Class {
        static CLASS: std::sync::OnceLock<&'static Class> = std::sync::OnceLock::new();
        static NOTHING: Class = Class {
            name: "ServerManager",
            module: "core",
            parent: Some("MediaObject"),
            is_abstract: false,
            constructor: None,
            properties: &[],
            methods: &[],
            events: &[],
        };
        CLASS.get_or_init(|| Class::find("ServerManager").unwrap_or(&NOTHING))
    }

    fn invoke(&self, operation: &str, args: &Args) -> Option<Result<Value, RemoteError>> {
        let value = match operation {
            "getInfo" => info(),
            "getPipelines" => self.pipelines(),
            "getSessions" => self.sessions(),
            "getMetadata" => self.control.upgrade()?.settings.metadata.as_str().into(),
            "getKmd" => return Some(args.text("moduleName").and_then(|name| kmd(&name))),
            "getCpuCount" => Value::Int(std::thread::available_parallelism().map_or(1, |count| count.get() as i64)),
            "getUsedMemory" => Value::Int(resident_kilobytes()),
            _ => return None,
        };
        Some(Ok(value))
    }

    fn close(&self) {}
}

fn kmd(name: &str) -> Result<Value, RemoteError> {
    let known = trellis_model::classes().any(|class| class.module == name);
    if known {
        Err(RemoteError::not_implemented("ServerManager.getKmd"))
    } else {
        Err(RemoteError::kmd_not_found(format_args!("Requested kmd module doesn't exist: {name}")))
    }
}

/// Resident memory of this process, from /proc.
fn resident_kilobytes() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
