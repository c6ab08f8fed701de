//! `www/openapi.json`: the HTTP interface as OpenAPI 3.1, made from the types and from the table of routes
//! below. The Worker does not contain it; the site serves it at `/openapi.json`.
//!
//! The test here fails when the file is not what the sources say; `UPDATE_DOCS=1 cargo test -p edge openapi`
//! writes it. `tests/worker/openapi.test.mjs` holds the running Worker to it.

mod shapes;

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::routes::export::PARAMETERS as EXPORT;
use crate::routes::list::PARAMETERS as LIST;
use crate::routes::moment::readable_name;
use crate::routes::route::{Route, route};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../www/openapi.json");

/// Who may ask.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    /// Anybody.
    Anybody,
    /// Who has the order's status token.
    Token,
    /// A key of the merchant's. Its role is that of the route.
    Key,
}

/// What an answer or a body is.
#[derive(Clone, Copy)]
enum Content {
    Json(&'static str),
    List(&'static str),
    Text(&'static str),
    Nothing,
}

use By::{Anybody, Key, Token};
use Content::{Json, List, Nothing, Text};

struct Operation {
    /// As in `GET /api/shop`.
    route: &'static str,
    summary: &'static str,
    by: By,
    query: &'static [&'static str],
    body: Content,
    answers: &'static [(u16, Content)],
    problems: &'static [u16],
}

const fn operation(
    route: &'static str,
    summary: &'static str,
    by: By,
    query: &'static [&'static str],
    body: Content,
    answers: &'static [(u16, Content)],
    problems: &'static [u16],
) -> Operation {
    Operation { route, summary, by, query, body, answers, problems }
}

impl Operation {
    fn method_and_path(&self) -> (&'static str, &'static str) {
        self.route.split_once(' ').unwrap()
    }
}

const FILTER: [&str; 11] = [
    "state",
    "placed_from",
    "placed_before",
    "paid_from",
    "paid_before",
    "amount_from",
    "amount_to",
    "currency",
    "text",
    "reference",
    "exceptions",
];
const HISTORY: &[(u16, Content)] = &[(200, Json("History"))];
/// Problems of a change of one order.
const CHANGE: &[u16] = &[400, 404, 409, 413];

/// Every route but the files of the element and the preflight.
const OPERATIONS: &[Operation] = &[
    operation(
        "POST /api/orders",
        "Place an order",
        Anybody,
        &["attempt"],
        Json("PlaceOrder"),
        &[(200, Json("PlacedOrder")), (201, Json("PlacedOrder"))],
        &[400, 403, 409, 413, 422, 429],
    ),
    operation(
        "GET /api/orders/{id}",
        "Look at an order",
        Token,
        &[],
        Nothing,
        &[(200, Json("OrderView")), (304, Nothing)],
        &[404, 429],
    ),
    operation(
        "POST /api/orders/{id}",
        "Look at an order, past every cache",
        Token,
        &[],
        Nothing,
        &[(200, Json("OrderView")), (304, Nothing)],
        &[404, 429],
    ),
    operation(
        "GET /api/orders/{id}/live",
        "Watch an order by a WebSocket",
        Token,
        &[],
        Nothing,
        &[(101, Nothing)],
        &[400, 404, 429],
    ),
    operation(
        "POST /api/orders/{id}/cancel",
        "Cancel an unpaid order",
        Token,
        &[],
        Nothing,
        &[(200, Json("OrderView"))],
        &[404, 429],
    ),
    operation(
        "GET /api/shop",
        "Whether real money moves here",
        Anybody,
        &[],
        Nothing,
        &[(200, Json("Shop"))],
        &[],
    ),
    operation(
        "GET /api/catalog",
        "What is sold now, at which price, in the language of Accept-Language",
        Anybody,
        &["sku"],
        Nothing,
        &[(200, Json("Catalog"))],
        &[400, 429],
    ),
    operation(
        "POST /notify/wechat",
        "WeChat Pay tells of a payment",
        Anybody,
        &[],
        Text("text/xml"),
        &[(200, Text("text/xml"))],
        &[],
    ),
    operation(
        "POST /notify/wechat/refund",
        "WeChat Pay tells of a refund",
        Anybody,
        &[],
        Text("text/xml"),
        &[(200, Text("text/xml"))],
        &[],
    ),
    operation(
        "POST /notify/wechat/v3",
        "WeChat Pay tells of a payment or a refund by API v3",
        Anybody,
        &[],
        Text("application/json"),
        &[(200, Json("NotifyReply")), (400, Json("NotifyReply"))],
        &[],
    ),
    operation(
        "GET /download/{id}/{line}",
        "Download a file that was bought, by a link of its order; each other answer is a page for the shopper",
        Anybody,
        &["expires", "sig"],
        Nothing,
        &[
            (200, Text("application/octet-stream")),
            (206, Text("application/octet-stream")),
            (403, Text("text/html")),
            (404, Text("text/html")),
            (410, Text("text/html")),
            (416, Nothing),
            (429, Text("text/html")),
            (503, Text("text/html")),
        ],
        &[],
    ),
    operation(
        "GET /healthz",
        "Whether the Worker can sell",
        Anybody,
        &[],
        Nothing,
        &[(200, Json("Ready")), (503, Json("Ready"))],
        &[],
    ),
    operation(
        "GET /admin/api/reconciliation",
        "The days whose bill was compared with your orders",
        Key,
        &[],
        Nothing,
        &[(200, List("Reconciliation"))],
        &[],
    ),
    operation(
        "GET /admin/api/reconciliation/{day}",
        "What a day's bill says, and how it differs",
        Key,
        &[],
        Nothing,
        &[(200, Json("Reconciliation"))],
        &[400, 404],
    ),
    operation(
        "POST /admin/api/reconciliation/{day}",
        "Compare a day's bill again",
        Key,
        &[],
        Nothing,
        &[(200, Json("Reconciliation")), (202, Json("Reconciliation"))],
        &[400, 404, 409],
    ),
    operation(
        "GET /admin/api/readiness",
        "Whether all is as it must be, and how to mend what is not",
        Key,
        &[],
        Nothing,
        &[(200, Json("Readiness"))],
        &[],
    ),
    operation(
        "POST /admin/api/readiness",
        "The same, and a test event for the receiver of webhooks",
        Key,
        &[],
        Nothing,
        &[(200, Json("Readiness"))],
        &[],
    ),
    operation(
        "GET /admin/api/orders",
        "List orders, the newest first",
        Key,
        LIST,
        Nothing,
        &[(200, List("ListedOrder"))],
        &[400],
    ),
    operation(
        "POST /admin/api/orders",
        "Make an order at your own price",
        Key,
        &[],
        Json("MerchantOrder"),
        &[(200, Json("PlacedOrder")), (201, Json("PlacedOrder"))],
        &[400, 409, 413, 422],
    ),
    operation(
        "GET /admin/api/orders/{id}",
        "Read an order with its whole history",
        Key,
        &[],
        Nothing,
        HISTORY,
        &[404],
    ),
    operation("POST /admin/api/orders/{id}/query", "Ask WeChat Pay now", Key, &[], Nothing, HISTORY, CHANGE),
    operation(
        "POST /admin/api/orders/{id}/cancel",
        "Cancel an unpaid order",
        Key,
        &[],
        Nothing,
        HISTORY,
        CHANGE,
    ),
    operation(
        "POST /admin/api/orders/{id}/downloads/allow",
        "Allow as many downloads of each file again",
        Key,
        &[],
        Nothing,
        HISTORY,
        CHANGE,
    ),
    operation(
        "POST /admin/api/orders/{id}/forget",
        "Remove a person's data",
        Key,
        &[],
        Nothing,
        &[(200, Json("History")), (204, Nothing)],
        CHANGE,
    ),
    operation(
        "POST /admin/api/orders/{id}/refunds",
        "Refund all or a part of a payment",
        Key,
        &[],
        Json("WantedRefund"),
        HISTORY,
        CHANGE,
    ),
    operation(
        "POST /admin/api/orders/{id}/refunds/{number}/retry",
        "Try a refund again now",
        Key,
        &[],
        Json("WantedRetry"),
        HISTORY,
        CHANGE,
    ),
    operation(
        "POST /admin/api/orders/{id}/refunds/{number}/withdraw",
        "Withdraw a refund that WeChat Pay has not accepted",
        Key,
        &[],
        Nothing,
        HISTORY,
        CHANGE,
    ),
    operation(
        "GET /admin/api/orders/{id}/webhooks",
        "The webhooks of an order that were not accepted",
        Key,
        &[],
        Nothing,
        &[(200, Json("OrderWebhooks"))],
        &[404],
    ),
    operation(
        "POST /admin/api/orders/{id}/webhooks/{webhook id}/redeliver",
        "Send a webhook again",
        Key,
        &[],
        Nothing,
        HISTORY,
        CHANGE,
    ),
    operation(
        "GET /admin/api/attention",
        "What waits for a person, the oldest first",
        Key,
        &["cursor"],
        Nothing,
        &[(200, Json("AttentionPage"))],
        &[400],
    ),
    operation(
        "POST /admin/api/orders/{id}/attention/{n}/done",
        "Mark an entry of the inbox done",
        Key,
        &[],
        Nothing,
        &[(200, Json("History")), (204, Nothing)],
        CHANGE,
    ),
    operation(
        "GET /admin/api/webhooks",
        "The webhooks of all orders that were not accepted",
        Key,
        &["cursor"],
        Nothing,
        &[(200, Json("WebhooksPage"))],
        &[400],
    ),
    operation(
        "GET /admin/api/exchange-rate",
        "WeChat Pay's rate of a currency in CNY",
        Key,
        &["currency", "date"],
        Nothing,
        &[(200, Json("ExchangeRate"))],
        &[400, 409, 502],
    ),
    operation(
        "GET /admin/api/export",
        "All orders as one file",
        Key,
        EXPORT,
        Nothing,
        &[(200, Text("text/csv"))],
        &[400],
    ),
    operation(
        "GET /admin/api/audit",
        "What was changed by which key, the newest first",
        Key,
        &["limit", "cursor"],
        Nothing,
        &[(200, Json("AuditPage"))],
        &[400],
    ),
    operation(
        "GET /admin/api/sums",
        "What was paid in a day or a month, in all or also by hour or day",
        Key,
        &["day", "month", "by"],
        Nothing,
        &[(200, Json("Sums"))],
        &[400],
    ),
    operation(
        "GET /admin/api/key",
        "What the key of the request may do",
        Key,
        &[],
        Nothing,
        &[(200, Json("OwnKey"))],
        &[],
    ),
];

/// Adds a type, and those that it names.
fn add<T: ToSchema>(schemas: &mut Map<String, Value>) {
    let mut named = Vec::new();
    T::schemas(&mut named);
    named.push((T::name().into_owned(), T::schema()));
    for (name, schema) in named {
        schemas.insert(name, serde_json::to_value(schema).unwrap());
    }
}

fn schemas() -> Map<String, Value> {
    let mut schemas = Map::new();
    add::<shapes::History>(&mut schemas);
    add::<shapes::WebhooksPage>(&mut schemas);
    add::<shapes::Details>(&mut schemas);
    add::<shapes::NotifyReply>(&mut schemas);
    add::<shapes::Ready>(&mut schemas);
    add::<shapes::Readiness>(&mut schemas);
    add::<shapes::PlaceOrder>(&mut schemas);
    add::<shapes::WantedRefund>(&mut schemas);
    add::<shapes::WantedRetry>(&mut schemas);
    add::<api::PlacedOrder>(&mut schemas);
    add::<api::Shop>(&mut schemas);
    add::<shapes::Catalog>(&mut schemas);
    add::<api::Problem>(&mut schemas);
    add::<shapes::ListedOrder>(&mut schemas);
    add::<super::inbox::Page>(&mut schemas);
    add::<shapes::AuditPage>(&mut schemas);
    add::<shapes::Sums>(&mut schemas);
    add::<shapes::OwnKey>(&mut schemas);
    add::<shapes::Reconciliation>(&mut schemas);
    add::<super::exchange_rate::Rate>(&mut schemas);
    add::<super::create::Wanted>(&mut schemas);
    for name in ["PlaceOrder", "MerchantOrder", "MerchantLine", "Line", "WantedRefund", "WantedRetry"] {
        schemas[name]["additionalProperties"] = false.into();
    }
    // An order's details are members of its own object.
    let details = schemas["Details"]["properties"].as_object().unwrap().clone();
    for name in ["History", "ListedOrder"] {
        schemas[name]["properties"].as_object_mut().unwrap().extend(details.clone());
        schemas[name]["required"].as_array_mut().unwrap().push("lines".into());
    }
    schemas.remove("Details");
    schemas["MerchantOrder"]["properties"]["amount_minor"] =
        json!({"type": "integer", "minimum": 1, "maximum": i32::MAX});
    for schema in schemas.values_mut() {
        add_readable_times(schema);
    }
    schemas
}

/// The merchant's answers say each time twice. In an order's view only those to the merchant do.
fn add_readable_times(schema: &mut Value) {
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else { return };
    let names: Vec<String> = properties.keys().cloned().collect();
    for name in names {
        if let Some(readable) = readable_name(&name) {
            properties
                .insert(readable.to_owned(), json!({"type": ["string", "null"], "format": "date-time"}));
        }
    }
}

fn content(content: Content) -> Value {
    let to = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    match content {
        Json(name) => json!({"application/json": {"schema": to(name)}}),
        List(name) => json!({"application/json": {"schema": {"type": "array", "items": to(name)}}}),
        Text("text/csv") => json!({
            "text/csv": {"schema": {"type": "string"}}, "application/jsonl": {"schema": {"type": "string"}},
        }),
        Text(kind) => json!({kind: {"schema": {"type": "string"}}}),
        Nothing => json!({}),
    }
}

/// A parameter of the query.
fn parameter(name: &str, path: &str) -> Value {
    let time = "RFC 3339 with its offset, or milliseconds since 1970";
    let whole = json!({"type": "integer", "minimum": 0, "maximum": (1_i64 << 53) - 1});
    let (schema, description) = match name {
        "state" => (
            json!({"type": "string", "pattern": "^(placing|awaiting_payment|closing|paid|closed|failed|stray)(,(placing|awaiting_payment|closing|paid|closed|failed|stray))*$"}),
            "one or more states, with commas between them",
        ),
        "placed_from" | "paid_from" => (json!({"type": "string", "format": "date-time"}), time),
        "placed_before" | "paid_before" => (json!({"type": "string", "format": "date-time"}), time),
        "amount_from" | "amount_to" => (whole, "in the currency's smallest unit"),
        "currency" => (json!({"type": "string", "pattern": "^[A-Z]{3}$"}), "as in HKD"),
        "text" => (
            json!({"type": "string", "minLength": 1, "maxLength": 32}),
            "in the description or the shopper's words, or a number, transaction_id or reference; at most 128 bytes",
        ),
        "reference" => {
            (json!({"type": "string", "minLength": 1, "maxLength": 64}), "the merchant's own name")
        }
        "exceptions" => (json!({"enum": ["open", "any"]}), "open: something waits for a person"),
        "limit" => (json!({"type": "integer", "minimum": 1, "maximum": 200}), "how many are on a page"),
        "cursor" => (json!({"type": "string"}), "that of the page before"),
        "before_ms" => (whole, "the cursor of earlier versions"),
        "before" => (json!({"type": "string"}), "with before_ms"),
        "format" => (json!({"enum": ["csv", "jsonl"]}), "the form of the file"),
        "day" | "date" => (json!({"type": "string", "format": "date"}), "as in 2026-03-01"),
        "month" => (json!({"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$"}), "as in 2026-03"),
        "by" => (json!({"enum": ["hour", "day"]}), "hour with day, day with month"),
        "sku" => (json!({"type": "string"}), "once for each of the goods; without it all are shown"),
        "expires" => (whole, "in seconds since 1970; a part of the link"),
        "sig" => (json!({"type": "string"}), "the signature of the link"),
        "attempt" => (json!({"type": "string"}), "1: no request had this key before"),
        unknown => panic!("describe the parameter {unknown}"),
    };
    let required = name == "format" || path.ends_with("exchange-rate");
    json!({"name": name, "in": "query", "required": required, "schema": schema, "description": description})
}

fn described(operation: &Operation) -> Value {
    let Operation { summary, by, query, body, answers, problems, .. } = operation;
    let (method, path) = operation.method_and_path();
    let mut parameters: Vec<Value> = query.iter().map(|name| parameter(name, path)).collect();
    for name in path.split('{').skip(1).filter_map(|part| part.split('}').next()) {
        let number = if name == "n" { "integer" } else { "string" };
        let name = name.replace(' ', "_");
        parameters.push(json!({"name": name, "in": "path", "required": true, "schema": {"type": number}}));
    }
    if method == "POST" && path.ends_with("/orders") {
        let least = if *by == Key { 1 } else { 22 };
        let schema = json!({"type": "string", "pattern": format!("^[A-Za-z0-9_-]{{{least},128}}$")});
        parameters
            .push(json!({"name": "Idempotency-Key", "in": "header", "required": true, "schema": schema}));
    }
    let mut problems = problems.to_vec();
    problems.push(500);
    if *by == Key {
        problems.extend([401, 403, 429]);
    }
    let mut all = Map::new();
    for (status, answer) in *answers {
        let description = match *status {
            ..300 => "done",
            300..400 => "nothing new",
            400.. => "why not, and what to do",
        };
        let mut response = json!({"description": description});
        if !matches!(answer, Nothing) {
            response["content"] = content(*answer);
        }
        all.insert(status.to_string(), response);
    }
    for status in problems {
        let response = json!({"$ref": "#/components/responses/Problem"});
        all.insert(status.to_string(), response);
    }
    let security = match by {
        Anybody => json!([]),
        Token => json!([{"orderToken": []}]),
        Key => json!([{"merchantKey": []}]),
    };
    let mut made =
        json!({"summary": summary, "parameters": parameters, "responses": all, "security": security});
    if *by == Key {
        let example = path.replace(['{', '}', ' '], "");
        let Ok(Route::Admin(route)) = route(method, &example) else { panic!("{method} {path} is no route") };
        made["x-role"] = route.about().role.name().into();
    }
    if !matches!(body, Nothing) {
        let required = !path.ends_with("/retry");
        made["requestBody"] = json!({"required": required, "content": content(*body)});
    }
    made
}

fn document() -> String {
    let mut paths = Map::new();
    for operation in OPERATIONS {
        let (method, path) = operation.method_and_path();
        let methods = paths.entry(path.replace("webhook id", "webhook_id")).or_insert_with(|| json!({}));
        methods[method.to_lowercase()] = described(operation);
    }
    let bearer = |description: &str| json!({"type": "http", "scheme": "bearer", "description": description});
    let document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "wechatpay-edge",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "The Worker's HTTP interface. Errors are application/problem+json (RFC 9457) with a stable code.",
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": schemas(),
            "responses": {"Problem": {
                "description": "what was wrong, and what to do",
                "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            }},
            "securitySchemes": {
                "merchantKey": bearer("a key of the merchant's systems, as `npx wechatpay-edge key` makes it; x-role is the role that it needs"),
                "orderToken": bearer("the status token of the order, from the answer that placed it"),
            },
        },
    });
    format!("{}\n", serde_json::to_string_pretty(&document).unwrap())
}

#[test]
fn the_file_says_what_the_types_and_the_routes_say() {
    let made = document();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(FILE, &made).unwrap();
    }
    let kept = fs::read_to_string(FILE).unwrap_or_default();
    assert!(
        kept == made,
        "www/openapi.json is not what the sources say: UPDATE_DOCS=1 cargo test -p edge openapi"
    );
}

#[test]
fn each_route_is_described() {
    let routes = include_str!("../route.rs");
    let (own, admin) = routes.split_once("pub(crate) enum AdminRoute").unwrap();
    let admin = admin.split_once("\n}").unwrap().0;
    let named = |text: &str, below: &str| -> BTreeSet<String> {
        let lines = text.lines().filter_map(|line| line.trim().strip_prefix("/// `")?.split_once('`'));
        let routes = lines.filter_map(|(route, _)| route.split_once(" /"));
        routes.map(|(method, path)| format!("{method} {below}/{path}")).collect()
    };
    let mut all = named(own, "");
    all.extend(named(admin, "/admin/api"));
    let described: BTreeSet<_> = OPERATIONS.iter().map(|each| each.route.to_owned()).collect();
    let missing: Vec<_> = all.difference(&described).collect();
    assert!(missing.is_empty(), "add them to OPERATIONS: {missing:?}");
    // Both are named in the line of their `GET`.
    let more: Vec<_> = described.difference(&all).collect();
    assert_eq!(more, ["POST /admin/api/readiness", "POST /api/orders/{id}"], "there are no such routes");
    assert!(FILTER.iter().all(|name| LIST.contains(name) && EXPORT.contains(name)));
}
