//! The calls of API v3, by method and path.

use super::super::call::Call;
use super::Edition;
use super::request::decoded;

/// A call that the gateway knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) edition: Edition,
    /// Mainland: whether the path is that of a service provider. The global edition has one path for both.
    pub(super) is_partner: bool,
    pub(super) operation: Operation,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Native,
    Query(Number),
    Close(Number),
    Refund,
    RefundQuery(RefundNumber),
    /// The refunds of an order.
    Refunds,
    Certificates,
    /// The whole bill in the answer.
    Statement,
    /// A link to a bill.
    TradeBill,
    FundFlowBill,
    BillFile,
    Settlements,
}

/// How an order is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Number {
    Order(String),
    Transaction(String),
}

/// How a refund is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RefundNumber {
    Merchants(String),
    Gateways(String),
}

impl Route {
    pub(super) fn of(method: &str, path: &str) -> Option<Route> {
        let rest = path.strip_prefix("/v3/")?;
        let parts: Vec<String> = rest.split('/').map(decoded).collect::<Option<_>>()?;
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let global = |operation| Some(Route { edition: Edition::Global, is_partner: true, operation });
        let mainland =
            |is_partner, operation| Some(Route { edition: Edition::Mainland, is_partner, operation });
        match (method, parts.as_slice()) {
            (_, ["global", "transactions", rest @ ..]) => global(of_transaction(method, rest)?),
            ("POST", ["global", "refunds"]) => global(Operation::Refund),
            ("GET", ["global", "refunds"]) => global(Operation::Refunds),
            ("GET", ["global", "refunds", "out-refund-no", number]) => {
                global(Operation::RefundQuery(RefundNumber::Merchants((*number).to_owned())))
            }
            ("GET", ["global", "refunds", "id", id]) => {
                global(Operation::RefundQuery(RefundNumber::Gateways((*id).to_owned())))
            }
            ("GET", ["global", "certificates"]) => global(Operation::Certificates),
            ("GET", ["global", "statements"]) => global(Operation::Statement),
            ("GET", ["global", "settle", "settlements"]) => global(Operation::Settlements),
            (_, ["pay", "partner", "transactions", rest @ ..]) => {
                mainland(true, of_transaction(method, rest)?)
            }
            (_, ["pay", "transactions", rest @ ..]) => mainland(false, of_transaction(method, rest)?),
            ("POST", ["refund", "domestic", "refunds"]) => mainland(false, Operation::Refund),
            ("GET", ["refund", "domestic", "refunds", number]) => {
                mainland(false, Operation::RefundQuery(RefundNumber::Merchants((*number).to_owned())))
            }
            ("GET", ["certificates"]) => mainland(false, Operation::Certificates),
            ("GET", ["bill", "tradebill"]) => mainland(false, Operation::TradeBill),
            ("GET", ["bill", "fundflowbill"]) => mainland(false, Operation::FundFlowBill),
            ("GET", ["billdownload", "file"]) => mainland(false, Operation::BillFile),
            _ => None,
        }
    }

    /// The name in the list of calls.
    pub(super) fn name(&self) -> &'static str {
        match self.operation {
            Operation::Native => "v3 native",
            Operation::Query(_) => "v3 query",
            Operation::Close(_) => "v3 close",
            Operation::Refund => "v3 refund",
            Operation::RefundQuery(_) => "v3 refund-query",
            Operation::Refunds => "v3 refunds",
            Operation::Certificates => "v3 certificates",
            Operation::Statement => "v3 statement",
            Operation::TradeBill => "v3 tradebill",
            Operation::FundFlowBill => "v3 fundflowbill",
            Operation::BillFile => "v3 bill-file",
            Operation::Settlements => "v3 settlements",
        }
    }

    /// The call of API v2 that does the same: a fault of that call strikes here as well.
    pub(super) fn call(&self) -> Option<Call> {
        match self.operation {
            Operation::Native => Some(Call::UnifiedOrder),
            Operation::Query(_) => Some(Call::QueryOrder),
            Operation::Close(_) => Some(Call::CloseOrder),
            Operation::Refund => Some(Call::Refund),
            Operation::RefundQuery(_) | Operation::Refunds => Some(Call::RefundQuery),
            Operation::Statement | Operation::TradeBill | Operation::FundFlowBill | Operation::BillFile => {
                Some(Call::DownloadBill)
            }
            Operation::Settlements => Some(Call::SettlementQuery),
            Operation::Certificates => None,
        }
    }
}

fn of_transaction(method: &str, rest: &[&str]) -> Option<Operation> {
    let number = |kind: &str, number: &str| match kind {
        "out-trade-no" => Some(Number::Order(number.to_owned())),
        "id" => Some(Number::Transaction(number.to_owned())),
        _ => None,
    };
    match (method, rest) {
        ("POST", ["native"]) => Some(Operation::Native),
        ("GET", [kind, named]) => number(kind, named).map(Operation::Query),
        ("POST", [kind, named, "close"]) => number(kind, named).map(Operation::Close),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_path_is_known_with_its_method_and_no_other() {
        for (method, path, name) in [
            ("POST", "/v3/global/transactions/native", "v3 native"),
            ("GET", "/v3/global/transactions/out-trade-no/A1", "v3 query"),
            ("GET", "/v3/global/transactions/id/42", "v3 query"),
            ("POST", "/v3/global/transactions/out-trade-no/A1/close", "v3 close"),
            ("POST", "/v3/global/transactions/id/42/close", "v3 close"),
            ("POST", "/v3/global/refunds", "v3 refund"),
            ("GET", "/v3/global/refunds", "v3 refunds"),
            ("GET", "/v3/global/refunds/out-refund-no/R1", "v3 refund-query"),
            ("GET", "/v3/global/refunds/id/50", "v3 refund-query"),
            ("GET", "/v3/global/certificates", "v3 certificates"),
            ("GET", "/v3/global/statements", "v3 statement"),
            ("GET", "/v3/global/settle/settlements", "v3 settlements"),
            ("POST", "/v3/pay/transactions/native", "v3 native"),
            ("GET", "/v3/pay/transactions/out-trade-no/A1", "v3 query"),
            ("POST", "/v3/pay/partner/transactions/native", "v3 native"),
            ("POST", "/v3/pay/partner/transactions/out-trade-no/A1/close", "v3 close"),
            ("POST", "/v3/refund/domestic/refunds", "v3 refund"),
            ("GET", "/v3/refund/domestic/refunds/R1", "v3 refund-query"),
            ("GET", "/v3/certificates", "v3 certificates"),
            ("GET", "/v3/bill/tradebill", "v3 tradebill"),
            ("GET", "/v3/billdownload/file", "v3 bill-file"),
        ] {
            assert_eq!(Route::of(method, path).map(|route| route.name()), Some(name), "{method} {path}");
            let other = if method == "GET" { "PUT" } else { "PATCH" };
            assert_eq!(Route::of(other, path), None, "{other} {path}");
        }
        assert_eq!(Route::of("GET", "/v3/pay/transactions/native/x/y"), None);
        let named = Route::of("GET", "/v3/pay/transactions/out-trade-no/A%7C1").unwrap().operation;
        assert_eq!(named, Operation::Query(Number::Order("A|1".to_owned())));
    }
}
