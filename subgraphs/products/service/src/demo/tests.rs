use std::collections::HashSet;

use super::catalogue::slug;
use super::{DemoCatalogue, DemoProduct, generate, image_svg};

fn distinct<T: std::hash::Hash + Eq>(items: impl Iterator<Item = T>) -> bool {
    let mut seen = HashSet::new();
    items.into_iter().all(|item| seen.insert(item))
}

fn sound(product: &DemoProduct) {
    let DemoProduct { name, variants, .. } = product;
    let part = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    assert!(product.slug.split('-').all(part), "{}", product.slug);
    assert!(product.description.len() > 40, "{name}");
    assert!(product.description.ends_with('.'), "{name}");
    assert!(variants.first().unwrap().on_hand >= 50, "{name}");
    assert!(distinct(variants.iter().map(|variant| &variant.options)));
    for variant in variants {
        let sku = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-';
        assert!(
            variant.sku.len() <= 40 && variant.sku.bytes().all(sku),
            "{}",
            variant.sku
        );
        assert_eq!(variant.options.len(), product.options.len(), "{name}");
        assert!(variant.price_units > 0 && variant.on_hand >= 0, "{name}");
    }
}

fn skus(products: &[DemoProduct]) -> impl Iterator<Item = &str> {
    let variants = products.iter().flat_map(|product| &product.variants);
    variants.map(|variant| variant.sku.as_str())
}

#[test]
fn the_catalogue_is_large_and_sound() {
    let DemoCatalogue {
        categories,
        products,
    } = DemoCatalogue::load().unwrap();
    assert!(products.len() >= 200, "{}", products.len());
    products.iter().for_each(sound);
    assert!(distinct(products.iter().map(|product| &product.slug)));
    assert!(distinct(
        products.iter().map(|product| &product.description)
    ));
    let mut seen = HashSet::new();
    for sku in skus(&products) {
        assert!(seen.insert(sku), "{sku} twice");
    }

    assert!(categories.len() >= 12);
    let mut above: HashSet<&str> = HashSet::new();
    for category in &categories {
        assert!(
            category
                .parent
                .as_deref()
                .is_none_or(|parent| above.contains(parent))
        );
        assert!(above.insert(&category.slug), "{} twice", category.slug);
    }
    assert!(
        products
            .iter()
            .all(|product| above.contains(product.category.as_str()))
    );
}

#[test]
fn the_catalogue_is_the_same_every_time() {
    assert_eq!(
        DemoCatalogue::load().unwrap(),
        DemoCatalogue::load().unwrap()
    );
}

#[test]
fn every_product_has_a_small_drawing_of_its_own() {
    let products = DemoCatalogue::load().unwrap().products;
    let image = |p: &DemoProduct| image_svg(&p.slug, &p.name, &p.brand, &p.category);
    for product in &products {
        let svg = image(product);
        assert!(svg.len() < 4096, "{}: {}", product.slug, svg.len());
        assert_eq!(svg, image(product));
    }
    assert!(distinct(products.iter().map(image)));
}

#[test]
fn a_drawing_shows_what_the_name_says() {
    let of = |name: &str| {
        let svg = image_svg("the-same", name, "", "no-such-category");
        let start = svg.find("scale(1.6)").unwrap();
        let end = svg.find("<text ").unwrap();
        svg[start..end].to_owned()
    };
    assert_eq!(of("Gooseneck Kettle"), of("Whistling Kettle, 2 l"));
    assert_eq!(of("Enamel Camping Mug"), of("Mug with Desk Lamp"));
    assert_ne!(of("Cast Kettlebell"), of("Kettle"));
    assert_eq!(of("Something Else"), of("Another Thing"));
    assert!(image_svg("x", "<Salt & Pepper>", "", "").contains("&lt;Salt &amp; Pepper&gt;"));
}

#[test]
fn generated_products_are_sound_and_never_the_same() {
    let products: Vec<_> = generate(120_000).unwrap().collect();
    assert_eq!(products.len(), 120_000);
    products.iter().step_by(97).for_each(sound);
    assert!(distinct(products.iter().map(|product| &product.slug)));
    assert!(distinct(skus(&products)));

    let few: Vec<_> = generate(100).unwrap().collect();
    assert_eq!(few, products[..100]);

    let catalogue = DemoCatalogue::load().unwrap();
    let written = catalogue.products.iter().map(|product| &product.slug);
    assert!(distinct(
        written.chain(products.iter().map(|product| &product.slug))
    ));
    let written = skus(&catalogue.products);
    assert!(distinct(written.chain(skus(&products))));
    let known: HashSet<_> = catalogue.categories.iter().map(|c| &c.slug).collect();
    assert!(
        products
            .iter()
            .all(|product| known.contains(&product.category))
    );
}

#[test]
fn slugs_keep_to_plain_letters() {
    assert_eq!(slug("Chef's Knife, 21 cm"), "chefs-knife-21-cm");
    assert_eq!(slug("Deep Sauté Pan (5 l)"), "deep-saute-pan-5-l");
}
