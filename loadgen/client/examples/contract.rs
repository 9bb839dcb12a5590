//! The reference client as a program that `tidegate check-client` can play with:
//! `tidegate check-client -- target/debug/examples/contract`.

#[tokio::main(flavor = "current_thread")]
async fn main() {
    tidegate_client::contract::play().await;
}
