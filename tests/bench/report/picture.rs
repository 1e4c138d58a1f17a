//! The figures as a picture: how many requests a second each way carries, as a part of nginx's, one bar for each number
//! of connections.

use super::figures::Figures;
use std::fmt::Write;

const WIDTH: usize = 760;
const NAMES: usize = 250;
const BAR: usize = 11;
const GAP: usize = 8;
const TOP: usize = 46;
/// Dark enough on white, light enough on black.
const COLOURS: [&str; 4] = ["#4e79a7", "#59a14f", "#f28e2b", "#b07aa1"];

pub(crate) fn of(figures: &Figures) -> String {
    let connections = figures.connections();
    let measured: Vec<_> = connections.iter().map(|&number| figures.typical(number)).collect();
    let ways: Vec<String> =
        measured.first().map(|all| all.iter().map(|one| one.way.clone()).collect()).unwrap_or_default();
    let most = measured.iter().flatten().map(|one| one.speed_ratio).fold(1.0, f64::max);
    let row = BAR * connections.len() + GAP;
    let mut picture = Picture { text: String::new(), a_whole: (WIDTH - NAMES - 60) as f64 / most };
    for (series, number) in connections.iter().enumerate() {
        picture.legend(series, *number);
    }
    for (index, way) in ways.iter().enumerate() {
        let top = TOP + index * row;
        picture.name(top + row / 2, way);
        for (series, all) in measured.iter().enumerate() {
            if let Some(one) = all.iter().find(|one| one.way == *way) {
                picture.bar(top + series * BAR, series, one.speed_ratio);
            }
        }
    }
    picture.framed(TOP + ways.len() * row + GAP)
}

struct Picture {
    text: String,
    /// How long a bar is that carries as much as nginx.
    a_whole: f64,
}

impl Picture {
    fn add(&mut self, element: std::fmt::Arguments<'_>) {
        writeln!(self.text, "{element}").expect("a text grows");
    }

    fn legend(&mut self, series: usize, connections: usize) {
        let (left, colour) = (NAMES + series * 110, COLOURS[series % COLOURS.len()]);
        self.add(format_args!(r#"<rect x="{left}" y="24" width="10" height="10" fill="{colour}"/>"#));
        let plural = if connections == 1 { "" } else { "s" };
        self.add(format_args!(r#"<text x="{}" y="33">{connections} connection{plural}</text>"#, left + 14));
    }

    fn name(&mut self, middle: usize, way: &str) {
        self.add(format_args!(r#"<text x="{}" y="{middle}" text-anchor="end">{way}</text>"#, NAMES - 8));
    }

    fn bar(&mut self, top: usize, series: usize, ratio: f64) {
        let (width, colour) = (ratio * self.a_whole, COLOURS[series % COLOURS.len()]);
        let height = BAR - 1;
        self.add(format_args!(
            r#"<rect x="{NAMES}" y="{top}" width="{width:.1}" height="{height}" fill="{colour}"/>"#
        ));
        let after = NAMES as f64 + width + 4.0;
        self.add(format_args!(
            r#"<text x="{after:.1}" y="{}" font-size="10">{ratio:.2}</text>"#,
            top + BAR - 2
        ));
    }

    fn framed(self, height: usize) -> String {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
             font-family=\"sans-serif\" font-size=\"12\" fill=\"#808080\">\n\
             <text x=\"{NAMES}\" y=\"14\">requests a second, as a part of nginx's</text>\n{}</svg>\n",
            self.text
        )
    }
}
