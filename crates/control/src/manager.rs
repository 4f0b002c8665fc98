//! ServerManager: the one object that is always there.

use crate::objects::Entry;
use crate::process;
use crate::realm::{Realm, unix_millis};
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use trellis_model::{Args, Class, Factory, KURENTO_VERSION, Module, Remote, RemoteError, Value};

/// Its id.
pub(crate) const ID: &str = "manager_ServerManager";
/// The longest time that the use of the CPU is measured for, in milliseconds.
const LONGEST_INTERVAL: u64 = 10_000;

struct Manager {
    realm: std::sync::Weak<Realm>,
}

pub(crate) fn install(realm: &Arc<Realm>) {
    let remote = Arc::new(Manager { realm: Arc::downgrade(realm) });
    let mut entry = Entry::new(remote, None, ID.to_owned(), unix_millis() / 1_000);
    // Nobody's last unref ends it.
    entry.holders.insert("".into());
    realm.state.lock().objects.insert(ID.into(), entry);
}

/// A module with the classes that can be created; others are declared and not made here.
fn module(module: &Module, factory: &dyn Factory) -> Value {
    let factories = module.classes().filter(|class| factory.makes(class)).map(|class| class.name.into()).collect();
    Value::record(
        "ModuleInfo",
        [
            ("version", module.version.into()),
            ("name", module.name.into()),
            ("generationTime", "".into()),
            ("factories", Value::List(factories)),
        ],
    )
}

fn info(factory: &dyn Factory) -> Value {
    let modules = trellis_model::modules();
    Value::record(
        "ServerInfo",
        [
            ("version", KURENTO_VERSION.into()),
            ("modules", Value::List(modules.into_iter().map(|known| module(known, factory)).collect())),
            ("type", "KMS".into()),
            ("capabilities", Value::List(vec!["transactions".into()])),
        ],
    )
}

impl Manager {
    fn pipelines(&self) -> Value {
        let Some(realm) = self.realm.upgrade() else { return Value::List(Vec::new()) };
        let state = realm.state.lock();
        let ids = state.objects.keys().filter(|id| id.ends_with("_kurento.MediaPipeline"));
        Value::List(ids.filter_map(|id| state.object(id).ok().map(Value::Object)).collect())
    }

    fn sessions(&self) -> Value {
        let Some(realm) = self.realm.upgrade() else { return Value::List(Vec::new()) };
        let state = realm.state.lock();
        let existing = state.sessions.iter().filter(|(_, session)| session.exists);
        Value::List(existing.map(|(id, _)| (&**id).into()).collect())
    }
}

impl Remote for Manager {
    fn class(&self) -> &'static Class {
        static CLASS: LazyLock<&'static Class> =
            LazyLock::new(|| Class::find("ServerManager").expect("a built-in class"));
        &CLASS
    }

    fn invoke(&self, operation: &str, args: &Args) -> Option<Result<Value, RemoteError>> {
        let value = match operation {
            "getInfo" => info(&*self.realm.upgrade()?.shared.factory),
            "getPipelines" => self.pipelines(),
            "getSessions" => self.sessions(),
            "getMetadata" => self.realm.upgrade()?.shared.settings.metadata.as_str().into(),
            "getKmd" => return Some(args.text("moduleName").and_then(|name| kmd(&name))),
            "getCpuCount" => Value::Int(i64::try_from(process::cores()).unwrap_or(i64::MAX)),
            "getUsedCpu" => return Some(used_cpu(args)),
            "getUsedMemory" => Value::Int(process::resident_kilobytes()),
            _ => return None,
        };
        Some(Ok(value))
    }

    fn close(&self) {}
}

/// Declared modules only; JSON as text, as Kurento gives it.
fn kmd(name: &str) -> Result<Value, RemoteError> {
    let missing = || RemoteError::kmd_not_found(format_args!("Requested kmd module doesn't exist: {name}"));
    Ok(trellis_model::kmd(name).ok_or_else(missing)?.to_string().into())
}

/// Measures for the whole interval. Only the socket that asks waits: answers on one socket keep their order.
fn used_cpu(args: &Args) -> Result<Value, RemoteError> {
    let millis = u64::try_from(args.int("interval")?).ok().filter(|millis| (1..=LONGEST_INTERVAL).contains(millis));
    let wrong = || RemoteError::illegal_param(format_args!("an interval is 1 to {LONGEST_INTERVAL} milliseconds"));
    Ok(Value::Float(process::used_cpu(Duration::from_millis(millis.ok_or_else(wrong)?))))
}
