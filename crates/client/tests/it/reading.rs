//! Which fields a type reads, and of what kind, found out by letting it read a schema instead of a value.

use crate::described::Schema;
use serde::de::value::Error;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;
use std::cell::RefCell;

/// What `T` reads that the schema does not have, or has otherwise.
pub(crate) fn faults<T: DeserializeOwned>(schema: Schema<'_>) -> Vec<String> {
    let faults = RefCell::new(Vec::new());
    let read = T::deserialize(Reading { schema, at: String::new(), faults: &faults });
    let mut faults = faults.into_inner();
    // What is missing was noted already.
    if let (Err(error), true) = (read, faults.is_empty()) {
        faults.push(error.to_string());
    }
    faults
}

#[derive(Clone)]
struct Reading<'a> {
    schema: Schema<'a>,
    at: String,
    faults: &'a RefCell<Vec<String>>,
}

impl<'a> Reading<'a> {
    fn within(&self, name: &str, schema: Schema<'a>) -> Self {
        Self { schema, at: format!("{}/{name}", self.at), faults: self.faults }
    }

    fn fault(&self, what: &str) {
        self.faults.borrow_mut().push(format!("{} {what}", self.at));
    }

    fn must_be(&self, kind: &str) {
        if !self.schema.may_be(kind) {
            self.fault(&format!("is read as {kind}, and is none"));
        }
    }
}

impl<'de> Deserializer<'de> for Reading<'_> {
    type Error = Error;

    /// A `Value` takes whatever there is.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let there = self.schema.properties();
        let mut left = Vec::new();
        for field in fields {
            match there.get(field) {
                Some(schema) => left.push((*field, self.within(field, *schema))),
                None => self.within(field, self.schema).fault("is read, and is not there"),
            }
        }
        visitor.visit_map(Fields { left, value: None })
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.must_be("array");
        visitor.visit_seq(One(Some(self.within("0", self.schema.items()))))
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.must_be("string");
        visitor.visit_str("")
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.must_be("integer");
        visitor.visit_i64(1)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.must_be("integer");
        visitor.visit_u64(1)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.must_be("boolean");
        visitor.visit_bool(true)
    }

    // None of these is read yet; one that is meets `visit_unit` and fails the test.
    forward_to_deserialize_any! {
        i8 i16 i32 u8 u16 u32 f32 f64 char str bytes byte_buf unit unit_struct newtype_struct tuple tuple_struct map
        enum identifier ignored_any
    }
}

struct Fields<'a> {
    left: Vec<(&'static str, Reading<'a>)>,
    value: Option<Reading<'a>>,
}

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let Some((name, value)) = self.left.pop() else { return Ok(None) };
        self.value = Some(value);
        seed.deserialize(serde::de::value::StrDeserializer::new(name)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        seed.deserialize(self.value.take().expect("a value follows its key"))
    }
}

struct One<'a>(Option<Reading<'a>>);

impl<'de> SeqAccess<'de> for One<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        self.0.take().map(|item| seed.deserialize(item)).transpose()
    }
}
