//! Orders with their items, purchases and payments.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rusqlite::{CachedStatement, Connection, params};

use super::calendar::{Calendar, DAYS, Day};
use super::parties::{Customer, Product, weighted};
use super::vocabulary::{COUNTRIES, METHODS, ORDER_CHANNELS};

/// Orders made; items, purchases and payments follow from them.
pub(super) const ORDERS: u32 = 36_000;

/// Everything one order is made from.
pub(super) struct Market<'a> {
    pub(super) into: &'a Connection,
    pub(super) calendar: &'a Calendar,
    pub(super) customers: &'a [Customer],
    pub(super) products: &'a [Product],
}

struct Totals {
    items: u32,
    discount: i64,
    total: i64,
}

struct Order<'a> {
    id: u32,
    day: Day,
    customer: &'a Customer,
    status: &'static str,
    channel: &'static str,
    charged: i64,
}

impl Market<'_> {
    /// Makes all orders, oldest first.
    pub(super) fn trade(&self, rng: &mut ChaCha8Rng) -> rusqlite::Result<()> {
        let mut days: Vec<Day> = (0..ORDERS).map(|_| self.calendar.busy_day(rng)).collect();
        days.sort_unstable();
        for (id, day) in (1..).zip(days) {
            let customer = self.customer(rng, day);
            let totals = self.items(rng, id, day, customer)?;
            let order = self.order(rng, id, day, customer, &totals)?;
            self.purchase(rng, &order)?;
            self.payments(rng, &order)?;
        }
        Ok(())
    }

    /// One of the customers who had signed up by then; the eager ones more often.
    fn customer(&self, rng: &mut ChaCha8Rng, day: Day) -> &Customer {
        let known = self.customers.partition_point(|customer| customer.signup <= day).max(1);
        let known = u32::try_from(known).unwrap_or(1);
        loop {
            let customer = &self.customers[rng.random_range(0..known) as usize];
            if rng.random_range(0..9) < customer.eagerness {
                return customer;
            }
        }
    }

    fn items(
        &self,
        rng: &mut ChaCha8Rng,
        order: u32,
        day: Day,
        customer: &Customer,
    ) -> rusqlite::Result<Totals> {
        let mut insert =
            self.cached("INSERT INTO order_items VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?;
        let items = 1 + u32::try_from(weighted(rng, [30, 27, 20, 12, 7, 4].into_iter())).unwrap_or(0);
        let mut totals = Totals { items, discount: 0, total: 0 };
        for _ in 0..items {
            let product = self.product(rng);
            let quantity = i64::from(1 + rng.random_range(0..=customer.volume));
            // List prices are those of 2025; earlier years were up to 12 % cheaper.
            let price = product.price * i64::from(880 + day * 120 / DAYS) / 1_000;
            let percent = if rng.random_range(0..5) == 0 { rng.random_range(1..=5_i64) * 5 } else { 0 };
            let discount = quantity * price * percent / 100;
            let total = quantity * price - discount;
            insert.execute(params![
                order,
                product.id,
                self.calendar.text(day),
                quantity,
                price,
                discount,
                total,
                quantity * product.cost
            ])?;
            totals.discount += discount;
            totals.total += total;
        }
        Ok(totals)
    }

    /// The lower of two draws: the first products sell about twice as well as the average.
    fn product(&self, rng: &mut ChaCha8Rng) -> &Product {
        let count = u32::try_from(self.products.len()).unwrap_or(1);
        let at = rng.random_range(0..count).min(rng.random_range(0..count));
        // 7 and the number of products have no common divisor: the popular ones are of all categories.
        &self.products[(at * 7 % count) as usize]
    }

    fn order<'a>(
        &self,
        rng: &mut ChaCha8Rng,
        id: u32,
        day: Day,
        customer: &'a Customer,
        totals: &Totals,
    ) -> rusqlite::Result<Order<'a>> {
        let status = status(rng, day);
        let channel = ORDER_CHANNELS[weighted(rng, ORDER_CHANNELS.iter().map(|channel| channel.1))].0;
        let shipping = if totals.total >= 10_000 { 0 } else { 590 };
        let shipped = matches!(status, "shipped" | "delivered" | "returned")
            .then(|| self.calendar.text(day + rng.random_range(1..=4)));
        let (country, region, ..) = COUNTRIES[customer.country];
        self.cached("INSERT INTO orders VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)")?
            .execute(params![
                id,
                customer.id,
                self.calendar.text(day),
                status,
                channel,
                region,
                country,
                totals.items,
                totals.discount,
                totals.total * 19 / 119,
                shipping,
                totals.total,
                shipped
            ])?;
        Ok(Order { id, day, customer, status, channel, charged: totals.total + shipping })
    }

    /// An order that is neither cancelled nor still pending is a purchase.
    fn purchase(&self, rng: &mut ChaCha8Rng, order: &Order<'_>) -> rusqlite::Result<()> {
        if matches!(order.status, "cancelled" | "pending") {
            return Ok(());
        }
        let refunded = match order.status {
            "returned" => order.charged,
            _ if rng.random_range(0..50) == 0 => order.charged * rng.random_range(10..=50_i64) / 100,
            _ => 0,
        };
        self.cached("INSERT INTO purchases VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6)")?.execute(params![
            order.customer.id,
            order.id,
            self.calendar.text(order.day),
            order.charged,
            refunded,
            order.channel
        ])?;
        Ok(())
    }

    /// One payment an order, and now and then a failed attempt before it.
    fn payments(&self, rng: &mut ChaCha8Rng, order: &Order<'_>) -> rusqlite::Result<()> {
        let (method, _, fee) = METHODS[weighted(rng, METHODS.iter().map(|method| method.1))];
        let mut insert = self.cached("INSERT INTO payments VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7)")?;
        let mut pay = |day: Day, status: &str, fee: i64| {
            let date = self.calendar.text(day);
            insert.execute(params![order.id, order.customer.id, date, method, status, order.charged, fee])
        };
        if rng.random_range(0..33) == 0 {
            pay(order.day, "failed", 0)?;
        }
        let delay = if method == "bank transfer" { rng.random_range(1..=3) } else { 0 };
        let (status, fee) = match order.status {
            "cancelled" => ("cancelled", 0),
            "pending" => ("pending", 0),
            "returned" => ("refunded", order.charged * fee / 10_000),
            _ => ("captured", order.charged * fee / 10_000),
        };
        pay(order.day + delay, status, fee)?;
        Ok(())
    }

    fn cached(&self, sql: &str) -> rusqlite::Result<CachedStatement<'_>> {
        self.into.prepare_cached(sql)
    }
}

/// Old orders have come to an end; those of the last days are under way.
fn status(rng: &mut ChaCha8Rng, day: Day) -> &'static str {
    const NAMES: [&str; 6] = ["pending", "processing", "shipped", "delivered", "cancelled", "returned"];
    let weights = match DAYS - 1 - day {
        0..3 => [50, 40, 6, 0, 4, 0],
        3..8 => [12, 28, 50, 5, 5, 0],
        8..30 => [2, 4, 20, 66, 6, 2],
        _ => [0, 0, 0, 90, 6, 4],
    };
    NAMES[weighted(rng, weights.into_iter())]
}
