//! Customers and products.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rusqlite::{Connection, params};

use super::calendar::{Calendar, DAYS, Day};
use super::vocabulary::{
    ACQUISITION, ADJECTIVES, BRANDS, CATEGORIES, COUNTRIES, FAMILY_NAMES, FIRST_NAMES, SEGMENTS,
};

/// Customers made.
pub(super) const CUSTOMERS: u32 = 4_000;
/// Products made.
pub(super) const PRODUCTS: u32 = 400;

/// What orders need to know of a customer.
pub(super) struct Customer {
    pub(super) id: u32,
    pub(super) country: usize,
    /// Factor on quantities.
    pub(super) volume: u32,
    /// How eagerly the customer orders, 1 to 9.
    pub(super) eagerness: u32,
    pub(super) signup: Day,
}

/// What orders need to know of a product.
pub(super) struct Product {
    pub(super) id: u32,
    pub(super) price: i64,
    pub(super) cost: i64,
}

/// An index by weight.
pub(super) fn weighted(rng: &mut ChaCha8Rng, weights: impl Iterator<Item = u32> + Clone) -> usize {
    let mut ticket = rng.random_range(0..weights.clone().sum::<u32>());
    for (index, weight) in weights.enumerate() {
        if ticket < weight {
            return index;
        }
        ticket -= weight;
    }
    0
}

/// Makes the customers, by day of signing up. Names are unique: 64 × 64 pairs, walked with a stride.
pub(super) fn customers(
    into: &Connection,
    rng: &mut ChaCha8Rng,
    calendar: &Calendar,
) -> rusqlite::Result<Vec<Customer>> {
    let mut signups: Vec<Day> = (0..CUSTOMERS)
        .map(|_| {
            // Four in ten were there before the first year, brought over in its first weeks.
            if rng.random_range(0..10) < 4 { rng.random_range(0..21) } else { rng.random_range(0..DAYS - 20) }
        })
        .collect();
    signups.sort_unstable();
    let mut insert =
        into.prepare("INSERT INTO customers VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)")?;
    let mut made = Vec::new();
    for (id, signup) in (1..).zip(signups) {
        let pair = id as usize * 1_117 % (64 * 64);
        let (first, family) = (FIRST_NAMES[pair / 64], FAMILY_NAMES[pair % 64]);
        let country = weighted(rng, COUNTRIES.iter().map(|country| country.3));
        let (segment, _, volume, limit) = SEGMENTS[weighted(rng, SEGMENTS.iter().map(|segment| segment.1))];
        let (name, region, cities, _) = COUNTRIES[country];
        let status = ["active", "inactive", "churned"][weighted(rng, [78, 13, 9].into_iter())];
        insert.execute(params![
            id,
            format!("{first} {family}"),
            format!("{}.{}@example.com", first.to_lowercase(), family.to_lowercase()),
            segment,
            region,
            name,
            cities[rng.random_range(0..3_u32) as usize],
            status,
            ACQUISITION[weighted(rng, ACQUISITION.iter().map(|channel| channel.1))].0,
            calendar.text(signup),
            limit * rng.random_range(5..=20_i64) / 10,
        ])?;
        let eagerness = [1, 2, 4, 9][weighted(rng, [40, 35, 18, 7].into_iter())];
        made.push(Customer { id, country, volume, eagerness, signup });
    }
    Ok(made)
}

/// Makes the products: every category has the same number, prices lean to the low end.
pub(super) fn products(
    into: &Connection,
    rng: &mut ChaCha8Rng,
    calendar: &Calendar,
) -> rusqlite::Result<Vec<Product>> {
    let mut insert = into.prepare("INSERT INTO products VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?;
    let mut made = Vec::new();
    for id in 1..=PRODUCTS {
        let at = id as usize;
        let (category, subcategories, low, high) = CATEGORIES[at % 8];
        let subcategory = subcategories[at / 8 % 4];
        let brand = BRANDS[rng.random_range(0..16_u32) as usize];
        let lean = rng.random_range(0..1_000_i64) * rng.random_range(0..1_000_i64) / 1_000;
        let price = (low + (high - low) * lean / 1_000) / 100 * 100 + 99;
        let cost = price * rng.random_range(48..=76_i64) / 100;
        let status = if rng.random_range(0..100) < 88 { "active" } else { "discontinued" };
        insert.execute(params![
            id,
            format!("{} {subcategory} {id:03}", ADJECTIVES[at % 13]),
            category,
            subcategory,
            brand,
            status,
            price,
            cost,
            calendar.text(rng.random_range(0..DAYS / 2)),
        ])?;
        made.push(Product { id, price, cost });
    }
    Ok(made)
}
