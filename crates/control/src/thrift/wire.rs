//! Messages of the binary protocol: calls read, answers and calls of our own written.
//!
//! The arguments of every method are references, texts, numbers and maps of tagged values, each told by its type on the
//! wire; so one reader reads them all.

use super::generated::types::{
    KmsMediaInvocationReturn, KmsMediaObjectRef, KmsMediaParam, KmsMediaServerException, MARSHALL_ERROR,
};
use super::{Outcome, failure};
use crate::rpc::cut;
use std::collections::BTreeMap;
use thrift::protocol::{
    TBinaryInputProtocol, TBinaryOutputProtocol, TFieldIdentifier, TInputProtocol, TListIdentifier, TMessageIdentifier,
    TMessageType, TOutputProtocol, TSerializable, TStructIdentifier, TType,
};
use thrift::{ApplicationError, ApplicationErrorKind, TConfiguration};

/// Structs within each other.
const DEEPEST: usize = 16;
/// Arguments of a call; no method has more than four.
const MOST_ARGUMENTS: usize = 16;
/// Tagged values of a call.
const MOST_PARAMETERS: i32 = 1_000;

/// Bytes that are no message. The connection that they came by is out of step, and of no use any more.
#[derive(Debug, thiserror::Error)]
#[error("no message of the binary protocol: {0}")]
pub struct Unreadable(String);

impl From<thrift::Error> for Unreadable {
    fn from(error: thrift::Error) -> Self {
        Unreadable(error.to_string())
    }
}

/// A call of a method.
pub(super) struct Call {
    pub name: String,
    sequence: i32,
    /// Whether no answer is wanted.
    pub one_way: bool,
    arguments: BTreeMap<i16, Argument>,
}

/// An argument.
enum Argument {
    Reference(KmsMediaObjectRef),
    Text(String),
    Number(i32),
    Parameters(BTreeMap<String, KmsMediaParam>),
}

/// What a call gives back.
pub(super) enum Given {
    Nothing,
    Number(i32),
    Text(String),
    Reference(KmsMediaObjectRef),
    References(Vec<KmsMediaObjectRef>),
    Value(KmsMediaInvocationReturn),
}

/// What a call is answered with when its method declares no exception, or is none.
pub(super) fn not_a_method(name: &str) -> ApplicationError {
    ApplicationError::new(ApplicationErrorKind::UnknownMethod, format!("there is no method '{}'", cut(name)))
}

/// What failed.
pub(super) enum Failed {
    /// As the method declares.
    Declared(KmsMediaServerException),
    /// As any call may.
    Application(ApplicationError),
}

/// The method that a frame calls, for a log; empty when there is none.
pub fn method_of(frame: &[u8]) -> String {
    let name = reader(&mut &*frame).ok().and_then(|mut input| Some(input.read_message_begin().ok()?.name));
    name.as_deref().map(cut).unwrap_or_default()
}

/// A reader of bytes whose lengths cannot make it take more memory than they have themselves.
pub(super) fn reader(bytes: &mut &[u8]) -> Result<impl TInputProtocol, Unreadable> {
    let most = Some(bytes.len());
    let limits = TConfiguration::builder().max_frame_size(most).max_message_size(most).max_string_size(most);
    let limits = limits.max_container_size(most).max_recursion_depth(Some(DEEPEST)).build()?;
    // Old clients leave the version out.
    Ok(TBinaryInputProtocol::with_config(bytes, false, limits))
}

impl Call {
    /// Reads a message.
    pub fn read(mut bytes: &[u8]) -> Result<Call, Unreadable> {
        let mut input = reader(&mut bytes)?;
        let TMessageIdentifier { name, message_type, sequence_number } = input.read_message_begin()?;
        let one_way = match message_type {
            TMessageType::Call => false,
            TMessageType::OneWay => true,
            TMessageType::Reply | TMessageType::Exception => return Err(Unreadable("an answer to nothing".to_owned())),
        };
        let mut arguments = BTreeMap::new();
        input.read_struct_begin()?;
        loop {
            let field = input.read_field_begin()?;
            if field.field_type == TType::Stop {
                break;
            }
            let argument = Argument::read(&mut input, field.field_type)?;
            let (Some(id), Some(argument)) = (field.id, argument) else { continue };
            arguments.insert(id, argument);
            if arguments.len() > MOST_ARGUMENTS {
                return Err(Unreadable("more arguments than any method has".to_owned()));
            }
        }
        drop(input);
        if !bytes.is_empty() {
            return Err(Unreadable(format!("{} bytes behind it", bytes.len())));
        }
        Ok(Call { name, sequence: sequence_number, one_way, arguments })
    }

    pub fn reference(&self, id: i16) -> Outcome<&KmsMediaObjectRef> {
        match self.arguments.get(&id) {
            Some(Argument::Reference(reference)) => Ok(reference),
            _ => Err(missing(id, "a reference")),
        }
    }

    pub fn text(&self, id: i16) -> Outcome<&str> {
        match self.arguments.get(&id) {
            Some(Argument::Text(text)) => Ok(text),
            _ => Err(missing(id, "a string")),
        }
    }

    pub fn number(&self, id: i16) -> Outcome<i32> {
        match self.arguments.get(&id) {
            Some(Argument::Number(number)) => Ok(*number),
            _ => Err(missing(id, "a number")),
        }
    }

    /// A map may be left out, as some clients do with an empty one.
    pub fn parameters(&self, id: i16) -> Outcome<BTreeMap<String, KmsMediaParam>> {
        match self.arguments.get(&id) {
            Some(Argument::Parameters(parameters)) => Ok(parameters.clone()),
            None => Ok(BTreeMap::new()),
            Some(_) => Err(missing(id, "a map of parameters")),
        }
    }

    /// The message that answers it.
    pub fn answer(&self, outcome: Result<Given, Failed>) -> Vec<u8> {
        let (mut bytes, name) = (Vec::new(), self.name.as_str());
        let written = match outcome {
            Ok(given) => answer(&mut bytes, (name, self.sequence), |output| given.write(output)),
            Err(Failed::Declared(exception)) => answer(&mut bytes, (name, self.sequence), |output| {
                output.write_field_begin(&TFieldIdentifier::new("mse", TType::Struct, 1))?;
                exception.write_to_out_protocol(output)?;
                output.write_field_end()
            }),
            Err(Failed::Application(error)) => {
                let mut output = TBinaryOutputProtocol::new(&mut bytes, true);
                let start = TMessageIdentifier::new(name, TMessageType::Exception, self.sequence);
                let begun = output.write_message_begin(&start);
                begun.and_then(|()| thrift::Error::write_application_error_to_out_protocol(&error, &mut output))
            }
        };
        // Memory takes what is written to it.
        written.map_or_else(|_| Vec::new(), |()| bytes)
    }
}

impl Argument {
    /// An argument of a type; `None` of one that no method takes.
    fn read(input: &mut impl TInputProtocol, kind: TType) -> thrift::Result<Option<Argument>> {
        Ok(Some(match kind {
            TType::String => Argument::Text(input.read_string()?),
            TType::I32 => Argument::Number(input.read_i32()?),
            TType::Struct => Argument::Reference(KmsMediaObjectRef::read_from_in_protocol(input)?),
            TType::Map => {
                let map = input.read_map_begin()?;
                if map.size > MOST_PARAMETERS {
                    return Err(thrift::new_protocol_error(
                        thrift::ProtocolErrorKind::SizeLimit,
                        format!("{} parameters; at most {MOST_PARAMETERS} are read", map.size),
                    ));
                }
                let mut parameters = BTreeMap::new();
                for _ in 0..map.size {
                    parameters.insert(input.read_string()?, KmsMediaParam::read_from_in_protocol(input)?);
                }
                input.read_map_end()?;
                Argument::Parameters(parameters)
            }
            other => {
                input.skip(other)?;
                return Ok(None);
            }
        }))
    }
}

fn missing(id: i16, what: &str) -> KmsMediaServerException {
    failure(MARSHALL_ERROR, format_args!("argument {id} should be {what}"))
}

impl Given {
    fn write(&self, output: &mut dyn TOutputProtocol) -> thrift::Result<()> {
        let mut field = |kind| output.write_field_begin(&TFieldIdentifier::new("success", kind, 0));
        match self {
            Given::Nothing => return Ok(()),
            Given::Number(number) => {
                field(TType::I32)?;
                output.write_i32(*number)?;
            }
            Given::Text(text) => {
                field(TType::String)?;
                output.write_string(text)?;
            }
            Given::Reference(reference) => {
                field(TType::Struct)?;
                reference.write_to_out_protocol(output)?;
            }
            Given::References(references) => {
                field(TType::List)?;
                let size = i32::try_from(references.len()).unwrap_or(i32::MAX);
                output.write_list_begin(&TListIdentifier::new(TType::Struct, size))?;
                for reference in references {
                    reference.write_to_out_protocol(output)?;
                }
                output.write_list_end()?;
            }
            Given::Value(value) => {
                field(TType::Struct)?;
                value.write_to_out_protocol(output)?;
            }
        }
        output.write_field_end()
    }
}

fn answer(
    bytes: &mut Vec<u8>,
    (name, sequence): (&str, i32),
    fields: impl FnOnce(&mut dyn TOutputProtocol) -> thrift::Result<()>,
) -> thrift::Result<()> {
    message(bytes, &TMessageIdentifier::new(name, TMessageType::Reply, sequence), fields)
}

/// A call of a method of the application's service.
pub(super) fn call(
    method: &str,
    arguments: impl FnOnce(&mut dyn TOutputProtocol) -> thrift::Result<()>,
) -> thrift::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    message(&mut bytes, &TMessageIdentifier::new(method, TMessageType::Call, 0), arguments)?;
    Ok(bytes)
}

fn message(
    bytes: &mut Vec<u8>,
    start: &TMessageIdentifier,
    fields: impl FnOnce(&mut dyn TOutputProtocol) -> thrift::Result<()>,
) -> thrift::Result<()> {
    let mut output = TBinaryOutputProtocol::new(bytes, true);
    output.write_message_begin(start)?;
    output.write_struct_begin(&TStructIdentifier::new(&start.name))?;
    fields(&mut output)?;
    output.write_field_stop()?;
    output.write_struct_end()?;
    output.write_message_end()
}
