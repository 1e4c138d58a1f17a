//! What goes into a statement: core's types as the few kinds of value that both engines know.

use keyferry_core::{
    CallId, ConfirmationId, ConnectSessionId, ConnectionId, Consent, CredentialId, DeviceId, Impact,
    MasterKeyId, PairingId, Region, ReplicaId, Role, Rule, SessionId, ShownTools, TeamId, Timestamp, UserId,
};
use sqlx::error::BoxDynError;
use sqlx::{Arguments, Database, Encode, Type};
use std::borrow::Cow;

/// One bound value. A NULL keeps its type, because Postgres prepares a statement by the types of its binds.
#[derive(Debug, Clone)]
pub(crate) enum Value<'a> {
    Text(Option<Cow<'a, str>>),
    Integer(Option<i64>),
    Boolean(Option<bool>),
    Bytes(Option<&'a [u8]>),
}

/// A type that can be bound, as the kind of value that its column has.
pub(crate) trait Bind {
    const NULL: Value<'static>;

    fn value(&self) -> Value<'_>;
}

/// The values of `$1`, `$2`, … in this order.
macro_rules! binds {
    ($($value:expr),* $(,)?) => { &[$($crate::bind::Bind::value(&$value)),*] };
}
pub(crate) use binds;

pub(crate) fn arguments<'a, A>(values: &'a [Value<'_>]) -> Result<A, BoxDynError>
where
    A: Arguments,
    Option<&'a str>: Encode<'a, A::Database> + Type<A::Database>,
    Option<&'a [u8]>: Encode<'a, A::Database> + Type<A::Database>,
    Option<i64>: Encode<'a, A::Database> + Type<A::Database>,
    Option<bool>: Encode<'a, A::Database> + Type<A::Database>,
    A::Database: Database,
{
    let mut arguments = A::default();
    for value in values {
        match value {
            Value::Text(text) => arguments.add(text.as_deref())?,
            Value::Integer(number) => arguments.add(*number)?,
            Value::Boolean(truth) => arguments.add(*truth)?,
            Value::Bytes(bytes) => arguments.add(*bytes)?,
        }
    }
    Ok(arguments)
}

impl<T: Bind + ?Sized> Bind for &T {
    const NULL: Value<'static> = T::NULL;

    fn value(&self) -> Value<'_> {
        (**self).value()
    }
}

impl<T: Bind> Bind for Option<T> {
    const NULL: Value<'static> = T::NULL;

    fn value(&self) -> Value<'_> {
        self.as_ref().map_or(T::NULL, Bind::value)
    }
}

macro_rules! bound {
    ($($type:ty => $kind:ident, |$it:ident| $value:expr;)*) => {$(
        impl $crate::bind::Bind for $type {
            const NULL: $crate::bind::Value<'static> = $crate::bind::Value::$kind(None);

            fn value(&self) -> $crate::bind::Value<'_> {
                let $it = self;
                $crate::bind::Value::$kind(Some($value.into()))
            }
        }
    )*};
}
pub(crate) use bound;

bound! {
    str => Text, |it| it;
    String => Text, |it| it;
    i64 => Integer, |it| *it;
    Timestamp => Integer, |it| it.micros();
    bool => Boolean, |it| *it;
    [u8] => Bytes, |it| it;
    Vec<u8> => Bytes, |it| it.as_slice();
    TeamId => Text, |it| it.as_str();
    UserId => Text, |it| it.as_str();
    DeviceId => Text, |it| it.as_str();
    ConnectionId => Text, |it| it.as_str();
    CredentialId => Text, |it| it.as_str();
    CallId => Text, |it| it.as_str();
    ConfirmationId => Text, |it| it.as_str();
    PairingId => Text, |it| it.as_str();
    ConnectSessionId => Text, |it| it.as_str();
    SessionId => Text, |it| it.as_str();
    MasterKeyId => Text, |it| it.as_str();
    ReplicaId => Text, |it| it.as_str();
    Region => Text, |it| it.as_str();
    Role => Text, |it| it.as_str();
    Rule => Text, |it| it.as_str();
    Impact => Text, |it| it.as_str();
    Consent => Text, |it| it.as_str();
    ShownTools => Text, |it| it.to_string();
}
