//! The words the made data is built from, with their weights. Changing anything here changes the data: raise
//! `files::FORMAT` with it.

/// Country, region, cities, weight among customers (percent).
pub(super) const COUNTRIES: [(&str, &str, [&str; 3], u32); 20] = [
    ("United States", "North America", ["New York", "Chicago", "Austin"], 28),
    ("Canada", "North America", ["Toronto", "Vancouver", "Montreal"], 6),
    ("Germany", "Europe", ["Berlin", "Hamburg", "Munich"], 9),
    ("United Kingdom", "Europe", ["London", "Leeds", "Bristol"], 9),
    ("France", "Europe", ["Paris", "Lyon", "Lille"], 7),
    ("Spain", "Europe", ["Madrid", "Valencia", "Seville"], 4),
    ("Italy", "Europe", ["Milan", "Rome", "Turin"], 4),
    ("Netherlands", "Europe", ["Amsterdam", "Utrecht", "Rotterdam"], 3),
    ("Sweden", "Europe", ["Stockholm", "Malmo", "Uppsala"], 2),
    ("Poland", "Europe", ["Warsaw", "Krakow", "Gdansk"], 2),
    ("Japan", "Asia Pacific", ["Tokyo", "Osaka", "Nagoya"], 6),
    ("Australia", "Asia Pacific", ["Sydney", "Perth", "Brisbane"], 4),
    ("India", "Asia Pacific", ["Mumbai", "Pune", "Chennai"], 4),
    ("Singapore", "Asia Pacific", ["Jurong", "Tampines", "Bedok"], 1),
    ("South Korea", "Asia Pacific", ["Seoul", "Busan", "Daegu"], 2),
    ("Brazil", "Latin America", ["Sao Paulo", "Recife", "Curitiba"], 4),
    ("Mexico", "Latin America", ["Monterrey", "Puebla", "Merida"], 2),
    ("Argentina", "Latin America", ["Cordoba", "Rosario", "Mendoza"], 1),
    ("South Africa", "Middle East and Africa", ["Cape Town", "Durban", "Pretoria"], 1),
    ("United Arab Emirates", "Middle East and Africa", ["Dubai", "Sharjah", "Ajman"], 1),
];

/// Segment, weight (percent), factor on quantities, credit limit in cents.
pub(super) const SEGMENTS: [(&str, u32, u32, i64); 4] = [
    ("Consumer", 55, 1, 100_000),
    ("Small Business", 25, 2, 500_000),
    ("Corporate", 14, 4, 2_500_000),
    ("Enterprise", 6, 8, 10_000_000),
];

/// Where customers come from, weight (percent).
pub(super) const ACQUISITION: [(&str, u32); 5] =
    [("organic", 34), ("paid search", 24), ("referral", 18), ("social", 14), ("partner", 10)];

/// Where orders come from, weight (percent).
pub(super) const ORDER_CHANNELS: [(&str, u32); 4] =
    [("web", 46), ("mobile", 31), ("store", 15), ("call center", 8)];

/// How orders are paid, weight (percent), fee in hundredths of a percent.
pub(super) const METHODS: [(&str, u32, i64); 5] = [
    ("credit card", 45, 190),
    ("paypal", 22, 290),
    ("debit card", 17, 90),
    ("bank transfer", 11, 20),
    ("gift card", 5, 0),
];

/// Category, its subcategories, lowest and highest list price in cents.
pub(super) const CATEGORIES: [(&str, [&str; 4], i64, i64); 8] = [
    ("Electronics", ["Phones", "Laptops", "Audio", "Cameras"], 4_900, 129_900),
    ("Furniture", ["Chairs", "Desks", "Shelves", "Lamps"], 3_900, 89_900),
    ("Clothing", ["Shirts", "Jackets", "Shoes", "Hats"], 1_200, 18_900),
    ("Groceries", ["Coffee", "Snacks", "Tea", "Spices"], 300, 3_900),
    ("Toys", ["Puzzles", "Robots", "Dolls", "Kites"], 900, 9_900),
    ("Sports", ["Cycling", "Running", "Camping", "Swimming"], 1_500, 49_900),
    ("Books", ["Fiction", "Science", "History", "Travel"], 700, 4_500),
    ("Beauty", ["Skincare", "Perfume", "Haircare", "Makeup"], 800, 12_900),
];

/// Made-up brands.
pub(super) const BRANDS: [&str; 16] = [
    "Norvik",
    "Altea",
    "Brightway",
    "Cobalto",
    "Dunmore",
    "Everlin",
    "Fjordan",
    "Gransol",
    "Helios",
    "Ivory Lane",
    "Juniper",
    "Kestrel",
    "Lumen",
    "Marlow",
    "Nimbus",
    "Orchard",
];

/// Adjectives of product names.
pub(super) const ADJECTIVES: [&str; 13] = [
    "Classic", "Compact", "Premium", "Urban", "Nordic", "Solar", "Silent", "Vivid", "Prime", "Rapid", "Pure",
    "Smart", "Royal",
];

/// First names of customers.
pub(super) const FIRST_NAMES: [&str; 64] = [
    "Ada", "Alan", "Alice", "Amir", "Ana", "Anton", "Aisha", "Bella", "Ben", "Bruno", "Carla", "Carlos",
    "Chen", "Clara", "Daniel", "Daria", "David", "Diego", "Elena", "Elias", "Emma", "Erik", "Eva", "Farid",
    "Fatima", "Felix", "Fiona", "Franz", "Freya", "Gita", "Hana", "Hugo", "Ines", "Ivan", "Jack", "Jana",
    "Jonas", "Julia", "Kenji", "Lara", "Leo", "Lina", "Lucas", "Maja", "Marco", "Maria", "Mateo", "Mila",
    "Nadia", "Nils", "Nora", "Olga", "Omar", "Paul", "Petra", "Priya", "Rafael", "Rosa", "Samir", "Sofia",
    "Tariq", "Uma", "Viktor", "Yuki",
];

/// Family names of customers.
pub(super) const FAMILY_NAMES: [&str; 64] = [
    "Abel", "Almeida", "Andersen", "Archer", "Baker", "Barros", "Becker", "Bianchi", "Blake", "Castro",
    "Chandra", "Cole", "Costa", "Dahl", "Dubois", "Duran", "Ekman", "Farrow", "Fischer", "Fontaine",
    "Garcia", "Gomez", "Grant", "Haas", "Hansen", "Hayashi", "Hughes", "Ibrahim", "Ito", "Jansen", "Joshi",
    "Kaur", "Keller", "Khan", "Kim", "Kovacs", "Kumar", "Lambert", "Larsen", "Lopez", "Marino", "Meyer",
    "Moreau", "Murphy", "Nakamura", "Novak", "Okafor", "Olsen", "Park", "Patel", "Quinn", "Ramos", "Rossi",
    "Sato", "Schmidt", "Silva", "Singh", "Tanaka", "Torres", "Vogel", "Weber", "Wolf", "Yamada", "Zhang",
];

/// Demand by month, around 100: a slow February, a strong November and December.
pub(super) const SEASON: [u64; 12] = [86, 80, 95, 96, 100, 98, 94, 92, 101, 106, 138, 152];
