//! What the API answers, where it is only JSON's form of something that the rooms below say in their own words.

mod failure;

pub(crate) use failure::FailureAnswer;
