//! A drawing for each product: what it is, in the colours of its name.

use std::sync::LazyLock;

use super::chance::{hash, pick};
use super::files::{DemoError, Motif, motifs};

static MOTIFS: LazyLock<Result<Vec<Motif>, DemoError>> = LazyLock::new(motifs);

/// Colours that go together. The drawing's are its body, its shaded parts, its light parts and its dark parts.
struct Palette {
    ground: &'static str,
    shape: &'static str,
    body: &'static str,
    shade: &'static str,
    light: &'static str,
    dark: &'static str,
}

const fn palette([ground, shape, body, shade, light, dark]: [&'static str; 6]) -> Palette {
    Palette {
        ground,
        shape,
        body,
        shade,
        light,
        dark,
    }
}

const PALETTES: [Palette; 12] = [
    palette([
        "#f6efe4", "#ecd9bd", "#c4633f", "#9c4a2d", "#fbe6c8", "#3f2a22",
    ]),
    palette([
        "#e9f0ea", "#c9decd", "#4f7f63", "#38604a", "#f2efd9", "#22352b",
    ]),
    palette([
        "#e8eef5", "#c5d7ea", "#3f6c9b", "#2c5079", "#f4ead2", "#1d2c40",
    ]),
    palette([
        "#f7ebe9", "#efcfca", "#b64c5a", "#8d3644", "#fde9d9", "#3d1f28",
    ]),
    palette([
        "#f3f0f7", "#d9d0e8", "#71599c", "#55417a", "#f6e7c9", "#2a2140",
    ]),
    palette([
        "#fbf3dd", "#f3dc9f", "#d99a2b", "#ad7518", "#fffaf0", "#4a3410",
    ]),
    palette([
        "#e6f2f1", "#bcdedb", "#2f8481", "#206361", "#fbead0", "#12312f",
    ]),
    palette([
        "#f1eeea", "#d8d0c6", "#7b6f63", "#5b5148", "#f6e9d8", "#2b2622",
    ]),
    palette([
        "#fdeee2", "#f8cfab", "#e07b3c", "#b85c24", "#fff4df", "#482412",
    ]),
    palette([
        "#eef1e2", "#d3dbae", "#8a9a3e", "#68762a", "#faf3d6", "#2f3513",
    ]),
    palette([
        "#eaedf3", "#cdd3e2", "#4a5578", "#343d5c", "#f3d9a8", "#1b2036",
    ]),
    palette([
        "#f9ecf1", "#edc9d8", "#a8577e", "#823f60", "#fdebd3", "#3a1b2c",
    ]),
];

/// What stands behind the drawing.
const SHAPES: [&str; 4] = [
    "<circle cx='300' cy='262' r='206'/>",
    "<path d='M110 466V262a190 190 0 0 1 380 0v204z'/>",
    "<rect x='104' y='72' width='392' height='394' rx='72'/>",
    "<path d='M300 62c132 0 216 70 214 190s-70 214-204 214S88 388 90 262 168 62 300 62z'/>",
];

/// An SVG image of a product, 600 by 600 and below 4 kB: a drawing that fits its name, or else its
/// category, above its name and brand. The slug decides the colours, so a product keeps its image.
pub fn image_svg(slug: &str, name: &str, brand: &str, category: &str) -> String {
    let chance = hash(slug);
    let colours = pick(chance, &PALETTES).unwrap_or(&PALETTES[0]);
    let shape = pick(chance >> 16, &SHAPES).copied().unwrap_or_default();
    let drawing = motif(name, category).unwrap_or_default();
    let lines = lines(name);
    let first = if lines.len() > 1 { 510 } else { 528 };
    let caption: String = lines
        .iter()
        .zip((first..).step_by(32))
        .map(|(line, y)| {
            [
                &format!("<tspan x='300' y='{y}'>"),
                &*escape(line),
                "</tspan>",
            ]
            .concat()
        })
        .collect();
    let brand = escape(&brand.to_uppercase());
    let Palette {
        ground,
        shape: behind,
        body,
        shade,
        light,
        dark,
    } = colours;
    format!(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 600 600' role='img'><title>{title}</title>\
<style>.a{{fill:{body}}}.b{{fill:{shade}}}.c{{fill:{light}}}.d{{fill:{dark}}}.e{{fill:#5d8a4a;stroke:#3f6632;stroke-width:3}}\
.s,.t,.u,.v{{fill:none;stroke-linecap:round;stroke-linejoin:round}}.s{{stroke:{shade};stroke-width:10}}\
.t{{stroke:{dark};stroke-width:4}}.u,.v{{stroke:{light};stroke-width:5;opacity:.75}}\
text{{font-family:Georgia,'DejaVu Serif',serif;text-anchor:middle;fill:{dark}}}</style>\
<rect width='600' height='600' fill='{ground}'/><g fill='{behind}'>{shape}</g>\
<ellipse cx='300' cy='428' rx='158' ry='16' fill='{dark}' opacity='.14'/>\
<g transform='translate(140 108) scale(1.6)'>{drawing}</g>\
<text font-size='27'>{caption}</text>\
<text x='300' y='578' font-size='14' letter-spacing='3' opacity='.7'>{brand}</text></svg>",
        title = escape(name),
    )
}

/// The drawing whose word stands last in the name (`Enamel Camping Mug` is a mug); else the category's;
/// else a box.
fn motif(name: &str, category: &str) -> Option<&'static str> {
    let motifs = MOTIFS.as_ref().ok()?;
    let name = words(name);
    let named = motifs.iter().filter_map(|motif| {
        let ends = motif.words.iter().filter_map(|word| {
            let start = name.rfind(&format!(" {word} "))?;
            Some((start + word.len(), word.len()))
        });
        Some((ends.max()?, motif))
    });
    let of = |slug: &str| {
        motifs
            .iter()
            .find(|motif| motif.categories.iter().any(|category| category == slug))
    };
    let found = named.max_by_key(|(end, _)| *end).map(|(_, motif)| motif);
    found
        .or_else(|| of(category))
        .or_else(|| of(""))
        .map(|motif| motif.svg.as_str())
}

/// The words of a name in lower case, each between spaces; what follows ` with ` is an extra.
fn words(name: &str) -> String {
    let main = name.split(" with ").next().unwrap_or(name).to_lowercase();
    let kept = main.replace(
        |letter: char| !(letter.is_alphanumeric() || letter == '-'),
        " ",
    );
    let mut spaced = String::from(" ");
    for word in kept.split_whitespace() {
        spaced.push_str(word);
        spaced.push(' ');
    }
    spaced
}

/// The name in at most two lines of about the same length.
fn lines(name: &str) -> Vec<String> {
    const WIDTH: usize = 34;
    let length = name.chars().count();
    if length <= WIDTH {
        return vec![name.to_owned()];
    }
    let (mut first, mut second) = (String::new(), String::new());
    for word in name.split_whitespace() {
        let line = if first.chars().count() < length / 2 {
            &mut first
        } else {
            &mut second
        };
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    [first, second].map(shortened).into()
}

fn shortened(line: String) -> String {
    const MOST: usize = 40;
    if line.chars().count() <= MOST {
        return line;
    }
    line.chars().take(MOST - 1).chain(['…']).collect()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
