//! How many servers so many users need, beside the arithmetic that the documents make without measuring.

use reports::model::{Boundary, ServerPlan, UnitCosts};
use reports::wording::count;

/// Servers for 100,000 connections by the documents, least and most.
const DOCUMENTS_SERVERS: (u64, u64) = (10, 20);
/// Connections these are for.
const DOCUMENTS_CONNECTIONS: u64 = 100_000;
/// Memory of a connection by the documents, KB of 1,000 bytes, least and most.
const DOCUMENTS_KB: (f64, f64) = (10.0, 50.0);

/// Servers for `users`, keeping the share `headroom` of each one free; `None` when nothing was held.
pub fn server_plan(boundary: &Boundary, costs: &UnitCosts, users: u64, headroom: f64) -> Option<ServerPlan> {
    let held = boundary.last_pass?;
    let headroom = headroom.clamp(0.0, 0.95);
    let sessions_per_server = ((held as f64 * (1.0 - headroom)).floor() as u64).max(1);
    let servers = users.div_ceil(sessions_per_server).max(1);
    let by_documents = |each: u64| (users * each).div_ceil(DOCUMENTS_CONNECTIONS).max(1);
    let mib = |kb: f64| users as f64 * kb * 1_000.0 / 1_048_576.0;
    let mut remarks = Vec::new();
    if boundary.first_fail.is_none() {
        remarks.push(format!(
            "no level failed: a server holds {} sessions at least, so fewer may do",
            count(held)
        ));
    }
    let (least, most) = (by_documents(DOCUMENTS_SERVERS.0), by_documents(DOCUMENTS_SERVERS.1));
    let told = count(users);
    if servers > most {
        remarks.push(format!(
            "the documents' {least} to {most} servers would not hold {told} users of this kind"
        ));
    } else if servers < least {
        remarks.push(format!(
            "the documents' {least} to {most} servers are more than {told} users of this kind need"
        ));
    }
    remarks.push(
        "servers are taken to share nothing: what all of them share, such as the database, has to be planned apart"
            .to_owned(),
    );
    Some(ServerPlan {
        users,
        headroom,
        sessions_per_server,
        servers,
        documents_servers: (least, most),
        documents_connections_per_server: (
            DOCUMENTS_CONNECTIONS / DOCUMENTS_SERVERS.1,
            DOCUMENTS_CONNECTIONS / DOCUMENTS_SERVERS.0,
        ),
        documents_memory_mib: (mib(DOCUMENTS_KB.0), mib(DOCUMENTS_KB.1)),
        measured_memory_mib: costs.kib_per_session.map(|kib| users as f64 * kib.value / 1_024.0),
        remarks,
    })
}

#[cfg(test)]
mod tests {
    use reports::model::Estimate;

    use super::*;

    fn boundary(last_pass: Option<u64>) -> Boundary {
        Boundary {
            last_pass,
            first_fail: Some(1_100),
            pass_runs: 3,
            fail_runs: 3,
            fail_failed: 3,
            reasons: Vec::new(),
        }
    }

    #[test]
    fn users_are_divided_with_headroom_and_beside_the_documents() {
        let kib = Estimate { value: 20.48, low: 18.0, high: 22.0 };
        let costs = UnitCosts { kib_per_session: Some(kib), ..UnitCosts::default() };
        let plan = server_plan(&boundary(Some(1_000)), &costs, 100_000, 0.3).unwrap();
        assert_eq!((plan.sessions_per_server, plan.servers), (700, 143));
        assert_eq!(
            (plan.documents_servers, plan.documents_connections_per_server),
            ((10, 20), (5_000, 10_000))
        );
        assert!((plan.documents_memory_mib.0 - 953.67).abs() < 0.01);
        assert!((plan.documents_memory_mib.1 - 4_768.37).abs() < 0.01);
        assert_eq!(plan.measured_memory_mib, Some(2_000.0));
        assert!(plan.remarks[0].contains("would not hold"), "{:?}", plan.remarks);
        let large = server_plan(&boundary(Some(50_000)), &costs, 100_000, 0.3).unwrap();
        assert_eq!(large.servers, 3);
        assert!(large.remarks[0].contains("are more than"), "{:?}", large.remarks);
        assert_eq!(server_plan(&boundary(None), &costs, 5, 0.3), None);
        let open = Boundary { first_fail: None, ..boundary(Some(10)) };
        assert!(server_plan(&open, &costs, 1, 0.0).unwrap().remarks[0].contains("at least"));
    }
}
