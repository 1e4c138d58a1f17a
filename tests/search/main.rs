//! `cargo xtask bench search`: how often the tool that serves a request is found, how long that takes, and how many bytes an
//! agent reads to choose a tool.

mod bytes;

use keyferry_catalog::Catalog;
use std::time::Instant;

const REQUESTS: &str = include_str!("requests.tsv");
/// Further down nobody reads.
const READ: usize = 25;
/// Each request is asked so often, so that the time is that of a warm gateway.
const ROUNDS: u32 = 5;

#[tokio::main]
async fn main() {
    let catalog = Catalog::embedded().expect("the built-in catalog loads");
    let requests: Vec<(&str, &str)> = REQUESTS.lines().filter_map(|line| line.split_once('\t')).collect();
    let ranks: Vec<Option<usize>> =
        requests.iter().map(|(request, tool)| rank(&catalog, request, tool)).collect();
    for ((request, tool), rank) in requests.iter().zip(&ranks) {
        match rank {
            Some(1..=5) => {}
            Some(rank) => println!("at {rank}: {request} ({tool})"),
            None => println!("not found: {request} ({tool})"),
        }
    }
    let share = |most: usize| {
        let found = ranks.iter().filter(|rank| rank.is_some_and(|rank| rank <= most)).count();
        found as f64 / ranks.len() as f64
    };
    let reciprocal: f64 = ranks.iter().flatten().map(|rank| 1.0 / *rank as f64).sum();
    println!("requests: {}", ranks.len());
    println!("recall@1 {:.3}, recall@5 {:.3}", share(1), share(5));
    println!("mean reciprocal rank {:.3}", reciprocal / ranks.len() as f64);
    println!("a search in {:.2} ms in the mean", mean_millis(&catalog, &requests));
    bytes::print(&catalog).await;
}

/// Where the tool stands among what is found, from 1. `|` stands between tools that serve a request as well.
fn rank(catalog: &Catalog, request: &str, tool: &str) -> Option<usize> {
    let found = catalog.search(request, None, READ);
    found.iter().position(|hit| tool.split('|').any(|one| hit.tool.name == one)).map(|at| at + 1)
}

fn mean_millis(catalog: &Catalog, requests: &[(&str, &str)]) -> f64 {
    let begun = Instant::now();
    for _ in 0..ROUNDS {
        for (request, _) in requests {
            std::hint::black_box(catalog.search(request, None, 10));
        }
    }
    begun.elapsed().as_secs_f64() * 1e3 / (f64::from(ROUNDS) * requests.len() as f64)
}
