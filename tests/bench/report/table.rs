//! The figures as Markdown, one table for each number of connections.

use super::figures::{Figures, Typical};
use std::fmt::Write;

pub(crate) fn of(figures: &Figures) -> String {
    let mut text = String::new();
    for connections in figures.connections() {
        let rows: Vec<String> = figures.typical(connections).iter().map(row).collect();
        let title =
            if connections == 1 { "1 connection".to_owned() } else { format!("{connections} connections") };
        writeln!(
            text,
            "**{title}**\n\n\
             | way | requests/s | of nginx | p50 ms | p99 ms | CPU µs | times nginx | Postgres CPU µs | MiB | errors |\n\
             |---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n\
             {}\n",
            rows.join("\n")
        )
        .expect("a text grows");
    }
    text
}

fn row(typical: &Typical) -> String {
    let Typical { way, figure, speed_ratio, cpu_ratio } = typical;
    // The upstream itself is not measured.
    let where_any = |value: f64, digits: usize| {
        if value > 0.0 { format!("{value:.digits$}") } else { "–".to_owned() }
    };
    format!(
        "| {way} | {:.0} | {speed_ratio:.2} | {:.2} | {:.2} | {} | {} | {} | {} | {} |",
        figure.a_second,
        figure.p50,
        figure.p99,
        where_any(figure.cpu, 1),
        where_any(*cpu_ratio, 2),
        where_any(figure.database_cpu, 1),
        where_any(figure.resident, 0),
        figure.errors,
    )
}
