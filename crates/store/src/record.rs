//! A table's row, said once: the struct, how it is read, its columns in a statement, and how it is written. So no
//! column is forgotten in one of them.

use crate::bind::Value;

/// A struct that is written into columns.
pub(crate) trait Record {
    const COLUMNS: &'static [&'static str];
    /// Takes `values` as its binds.
    const INSERT: &'static str;

    /// What the columns get, in their order.
    fn values(&self) -> Vec<Value<'_>>;
}

/// Declares what is read: the struct, how a row becomes one, and a macro for use in `concat!`: `columns!()` is the list
/// of its columns, `columns!(places)` is `$1, $2, …` for as many, `columns!(insert)` writes them into the table. A column has the field's name unless it says another:
/// `pub team: TeamId = "team_id"`.
macro_rules! row {
    ($($declared:tt)*) => {
        $crate::record::declared! { $($declared)* }
        $crate::record::read! { $($declared)* }
    };
}
pub(crate) use row;

/// Declares what is read and written: as `row!`, and a [`Record`].
macro_rules! record {
    ($($declared:tt)*) => {
        $crate::record::row! { $($declared)* }
        $crate::record::written! { $($declared)* }
    };
}
pub(crate) use record;

/// Declares what is only written, and may have fields `besides` its columns.
macro_rules! new_record {
    ($($declared:tt)*) => {
        $crate::record::declared! { $($declared)* }
        $crate::record::written! { $($declared)* }
    };
}
pub(crate) use new_record;

macro_rules! declared {
    (
        columns $columns:ident from $table:literal;
        $(#[$meta:meta])*
        pub struct $name:ident {
            $($(#[$field_meta:meta])* pub $field:ident : $type:ty $(= $column:literal)?,)*
        }
        $(besides { $($(#[$more_meta:meta])* pub $more:ident : $more_type:ty,)* })?
    ) => {
        $(#[$meta])*
        pub struct $name {
            $($(#[$field_meta])* pub $field: $type,)*
            $($($(#[$more_meta])* pub $more: $more_type,)*)?
        }

        macro_rules! $columns {
            () => { $crate::record::listed!($($crate::record::column!($field $(, $column)?),)*) };
            (places) => { $crate::record::places!($($field)*) };
            (insert) => { concat!("INSERT INTO ", $table, " (", $columns!(), ") VALUES (", $columns!(places), ")") };
        }
    };
}
pub(crate) use declared;

macro_rules! read {
    (
        columns $columns:ident from $table:literal;
        $(#[$meta:meta])*
        pub struct $name:ident {
            $($(#[$field_meta:meta])* pub $field:ident : $type:ty $(= $column:literal)?,)*
        }
    ) => {
        impl $crate::row::FromRow for $name {
            const TABLE: &'static str = $table;

            fn from_row(row: &$crate::row::Row) -> Result<Self, $crate::StoreError> {
                Ok(Self { $($field: row.column($table, $crate::record::column!($field $(, $column)?))?,)* })
            }
        }
    };
}
pub(crate) use read;

macro_rules! written {
    (
        columns $columns:ident from $table:literal;
        $(#[$meta:meta])*
        pub struct $name:ident {
            $($(#[$field_meta:meta])* pub $field:ident : $type:ty $(= $column:literal)?,)*
        }
        $(besides { $($besides:tt)* })?
    ) => {
        impl $crate::record::Record for $name {
            const COLUMNS: &'static [&'static str] = &[$($crate::record::column!($field $(, $column)?)),*];
            const INSERT: &'static str = $columns!(insert);

            fn values(&self) -> Vec<$crate::bind::Value<'_>> {
                vec![$($crate::bind::Bind::value(&self.$field)),*]
            }
        }
    };
}
pub(crate) use written;

macro_rules! column {
    ($field:ident) => {
        stringify!($field)
    };
    ($field:ident, $column:literal) => {
        $column
    };
}
pub(crate) use column;

/// `a, b, c`
macro_rules! listed {
    ($first:expr, $($next:expr,)*) => { concat!($first $(, ", ", $next)*) };
}
pub(crate) use listed;

/// `$1, $2, $3` for three fields.
macro_rules! places {
    ($($field:ident)*) => {
        $crate::record::places!(@ $($field)*;
            "$1" "$2" "$3" "$4" "$5" "$6" "$7" "$8" "$9" "$10" "$11" "$12" "$13" "$14" "$15" "$16" "$17" "$18" "$19"
            "$20" "$21" "$22" "$23" "$24" "$25" "$26" "$27" "$28" "$29" "$30")
    };
    (@ $last:ident; $place:literal $($rest:literal)*) => { $place };
    (@ $first:ident $($field:ident)+; $place:literal $($rest:literal)+) => {
        concat!($place, ", ", $crate::record::places!(@ $($field)+; $($rest)+))
    };
}
pub(crate) use places;
