//! The JSON that an order's object writes from types of other crates, as the interface describes it. Fields
//! that end with `at_ms` get a readable sibling where the description is made.

#![allow(dead_code, reason = "only the description reads them")]

use std::collections::BTreeMap;

use utoipa::ToSchema;

/// What WeChat Pay is told about its notification of API v3. Anything but `SUCCESS` makes it come again.
#[derive(ToSchema)]
pub(super) struct NotifyReply {
    code: String,
    /// Why not.
    message: Option<String>,
}

/// Money as stored.
#[derive(ToSchema)]
pub(super) struct Money {
    minor: u64,
    currency: String,
}

/// A payment that a verified message told of.
#[derive(ToSchema)]
pub(super) struct Payment {
    transaction_id: String,
    total: Money,
    paid_at_ms: i64,
    seen_at_ms: i64,
    fits: bool,
}

/// Something that a person must look at. Open while `done_at_ms` is missing.
#[derive(ToSchema)]
pub(super) struct Exception {
    id: u32,
    kind: String,
    transaction_id: Option<String>,
    out_refund_no: Option<String>,
    webhook_id: Option<String>,
    /// How the payment differs from what the order expects.
    misfit: Option<serde_json::Value>,
    detail: Option<String>,
    at_ms: i64,
    done_at_ms: Option<i64>,
}

/// A refund.
#[derive(ToSchema)]
pub(super) struct Refund {
    out_refund_no: String,
    /// Its number at WeChat Pay, if it is another.
    sent_as: Option<String>,
    made_elsewhere: Option<bool>,
    transaction_id: String,
    amount: Money,
    /// The amount of the payment.
    payment: Money,
    reason: Option<String>,
    account: Option<RefundAccount>,
    status: RefundStatus,
    requested_at_ms: i64,
    refund_id: Option<String>,
    problem: Option<String>,
    tries: u32,
    unsure: bool,
    waits_for_money: Option<bool>,
    since_ms: i64,
    due_at_ms: Option<i64>,
}

/// Which of the merchant's accounts pays a refund.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(super) enum RefundAccount {
    UnsettledFunds,
    AvailableBalance,
}

/// How far a refund is.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(super) enum RefundStatus {
    Requested,
    Asking,
    Processing,
    Refunded,
    Abnormal,
    Closed,
    Refused,
    Stuck,
    Withdrawn,
}

/// A webhook that was not accepted.
#[derive(ToSchema)]
pub(super) struct Webhook {
    id: String,
    at_ms: i64,
    /// The content, as it is sent in `data`.
    message: BTreeMap<String, serde_json::Value>,
    tries: u32,
}

/// The webhooks of an order that were not accepted.
#[derive(ToSchema)]
pub(super) struct Webhooks {
    /// They are sent again by themselves.
    waiting: Vec<Webhook>,
    /// They are sent again when somebody asks for it.
    given_up: Vec<Webhook>,
}

/// The webhooks of one order that were not accepted.
#[derive(ToSchema)]
pub(super) struct OrderWebhooks {
    out_trade_no: String,
    waiting: Vec<Webhook>,
    given_up: Vec<Webhook>,
}

/// Webhooks of many orders.
#[derive(ToSchema)]
pub(super) struct WebhooksPage {
    webhooks: Vec<OrderWebhooks>,
    /// The path of the next page, if there is one.
    next: Option<String>,
}

/// A step of an order.
#[derive(ToSchema)]
pub(super) struct Event {
    seq: u64,
    at_ms: i64,
    who: Who,
    /// The name of the merchant's key that asked for it.
    key: Option<String>,
    /// Its `name`, and what belongs to it.
    what: BTreeMap<String, serde_json::Value>,
    /// The SHA-256 of the message that said so.
    raw: Option<String>,
}

/// Who caused a step.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(super) enum Who {
    Shopper,
    Merchant,
    Gateway,
    Stranger,
    Clock,
}

/// A genuine message that a person may have to read.
#[derive(ToSchema)]
pub(super) struct KeptMessage {
    sha256: String,
    at_ms: i64,
    message: String,
}

/// A line of an order.
#[derive(ToSchema)]
pub(super) struct SoldLine {
    sku: String,
    name: String,
    quantity: u32,
    unit_amount: u64,
    /// The file that the shopper gets.
    file: Option<String>,
}

/// What was bought, and what the shop and the shopper said.
#[derive(ToSchema)]
pub(super) struct Details {
    lines: Vec<SoldLine>,
    language: Option<String>,
    reference: Option<String>,
    metadata: Option<BTreeMap<String, String>>,
    /// The shopper's words: checked by nobody.
    shopper: Option<BTreeMap<String, String>>,
}

/// How often the file of a line was downloaded.
#[derive(ToSchema)]
pub(super) struct Downloads {
    /// The line, counted from 1.
    line: u16,
    times: u32,
    /// How often it may be.
    most: u32,
    first_at_ms: i64,
    last_at_ms: i64,
    /// How much requests in the middle of the file may still take.
    left_bytes: u64,
}

/// An order with its whole history.
#[derive(ToSchema)]
pub(super) struct History {
    order: api::OrderView,
    api: OrderApi,
    downloads: Option<Vec<Downloads>>,
    state: State,
    placed_at_ms: i64,
    payments: Vec<Payment>,
    exceptions: Vec<Exception>,
    refunds: Vec<Refund>,
    webhooks: Webhooks,
    settled: bool,
    alarm_at_ms: Option<i64>,
    events: Vec<Event>,
    messages: Vec<KeptMessage>,
}

/// The API of WeChat Pay by which an order was placed. It goes on by it for all its life.
#[derive(ToSchema)]
#[schema(rename_all = "kebab-case")]
pub(super) enum OrderApi {
    V2,
    V3Global,
    V3Mainland,
}

/// The state of an order.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(super) enum State {
    Placing,
    AwaitingPayment,
    Closing,
    Paid,
    Closed,
    Failed,
    Stray,
}

/// What a page orders: `lines` of the catalogue, or an `offer` with its `quantity`.
#[derive(ToSchema)]
pub(super) struct PlaceOrder {
    #[schema(min_items = 1, max_items = 50)]
    lines: Option<Vec<api::Line>>,
    #[schema(max_length = 2048)]
    offer: Option<String>,
    quantity: Option<u32>,
    /// The shopper's words, for the fields that the catalogue allows.
    fields: Option<BTreeMap<String, String>>,
}

/// A refund that the merchant wants.
#[derive(ToSchema)]
pub(super) struct WantedRefund {
    /// Unique within the order. The same number again is the same refund.
    #[schema(pattern = "^[0-9A-Za-z_\\-|*@]{1,64}$")]
    out_refund_no: String,
    /// If it is left out: all that is left of the payment.
    #[schema(minimum = 1, maximum = 2147483647)]
    amount_minor: Option<u64>,
    reason: Option<String>,
    /// Which payment, when there are several.
    transaction_id: Option<String>,
    refund_account: Option<RefundAccount>,
}

/// From which account a refund is tried again.
#[derive(ToSchema)]
pub(super) struct WantedRetry {
    refund_account: Option<RefundAccount>,
}

/// An order as the list shows it.
#[derive(ToSchema)]
pub(super) struct ListedOrder {
    out_trade_no: String,
    version: u64,
    state: State,
    reason: Option<String>,
    settled: bool,
    description: String,
    amount_minor: u64,
    currency: String,
    refunded_minor: u64,
    refunding_minor: u64,
    placed_at_ms: i64,
    paid_at_ms: Option<i64>,
    transaction_id: Option<String>,
    /// The kinds of its exceptions, open or done.
    exceptions: Vec<String>,
    attention_since_ms: Option<i64>,
    /// The sweep did not find the order, or found it archived.
    lost_at_ms: Option<i64>,
    /// How often its files were downloaded.
    downloads: Option<u32>,
}

/// What came in one currency.
#[derive(ToSchema)]
pub(super) struct Sum {
    currency: String,
    orders: u64,
    paid_minor: u64,
    refunded_minor: u64,
    refunding_minor: u64,
}

/// The sums of the orders that were paid in a span of time.
#[derive(ToSchema)]
pub(super) struct Sums {
    time_zone: String,
    from_at_ms: i64,
    /// Not included.
    to_at_ms: i64,
    sums: Vec<Sum>,
    /// With `by`: each hour or day, also those in which nothing was paid.
    parts: Option<Vec<PartSums>>,
}

/// The sums of the orders that were paid in an hour or a day.
#[derive(ToSchema)]
pub(super) struct PartSums {
    from_at_ms: i64,
    sums: Vec<Sum>,
}

/// The key of the request.
#[derive(ToSchema)]
pub(super) struct OwnKey {
    name: String,
    /// `read`, `write`, `refund`.
    roles: Vec<String>,
    /// Where the shop's days begin: `SHOP_TIME_ZONE`.
    time_zone: String,
}

/// A change by a key, or what a key was refused.
#[derive(ToSchema)]
pub(super) struct AuditRow {
    id: u64,
    at_ms: i64,
    key: String,
    action: String,
    out_trade_no: Option<String>,
    status: u16,
    address: String,
}

/// A page of the audit log.
#[derive(ToSchema)]
pub(super) struct AuditPage {
    audit: Vec<AuditRow>,
    /// The path of the next page, if there is one.
    next: Option<String>,
}

/// Whether the Worker can sell.
#[derive(ToSchema)]
pub(super) struct Ready {
    ready: bool,
}

/// Whether all is as it must be.
#[derive(ToSchema)]
pub(super) struct Readiness {
    ready: bool,
    checked_at_ms: i64,
    checks: Vec<Check>,
}

/// One thing that was checked: what was seen, and how to mend it.
#[derive(ToSchema)]
pub(super) struct Check {
    name: String,
    outcome: CheckOutcome,
    seen: String,
    mend: Option<String>,
}

/// How a check ended.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(super) enum CheckOutcome {
    Ok,
    Failed,
    NotChecked,
}

/// What is sold, in one language.
#[derive(ToSchema)]
pub(super) struct Catalog {
    currency: String,
    /// How many digits of an amount are behind the point.
    decimals: u8,
    /// Missing if each name is one text for all languages.
    language: Option<String>,
    items: Vec<CatalogItem>,
    shipping: Option<CatalogShipping>,
    /// What the shopper is asked for, by name.
    fields: BTreeMap<String, CatalogField>,
}

/// One of the goods. One with a mistake in the catalogue has no name and no price.
#[derive(ToSchema)]
pub(super) struct CatalogItem {
    sku: String,
    state: CatalogState,
    name: Option<String>,
    amount_minor: Option<u64>,
    max_quantity: Option<u32>,
}

/// Whether it can be bought now.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(super) enum CatalogState {
    OnSale,
    SoldOut,
    NotYet,
    Over,
    Unavailable,
}

/// The line that the Worker adds to an order.
#[derive(ToSchema)]
pub(super) struct CatalogShipping {
    name: String,
    amount_minor: u64,
    /// From this sum of goods on it costs nothing.
    free_from_minor: Option<u64>,
}

/// A field that a shopper may fill.
#[derive(ToSchema)]
pub(super) struct CatalogField {
    /// The most characters.
    max_length: u16,
    required: bool,
}

/// What a day's bill says beside your orders. While it is worked on it has `day`, `status` and the time of
/// the next step.
#[derive(ToSchema)]
pub(super) struct Reconciliation {
    #[schema(format = Date)]
    day: String,
    status: ReconciliationStatus,
    next_step_at_ms: Option<i64>,
    finished_at_ms: Option<i64>,
    bill_payments: Option<u32>,
    bill_refunds: Option<u32>,
    our_payments: Option<u32>,
    sums: Option<Vec<ReconciliationSums>>,
    differences_found: Option<u32>,
    mended: Option<u32>,
    /// How many differences there are of each kind.
    kinds: Option<BTreeMap<String, u32>>,
    /// Why it failed, or what is wrong with the bill.
    problem: Option<String>,
    /// At most 1,000. Only the report of one day has them.
    differences: Option<Vec<Difference>>,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum ReconciliationStatus {
    Running,
    Agrees,
    Differs,
    Failed,
}

/// The sums of a day in one currency.
#[derive(ToSchema)]
struct ReconciliationSums {
    currency: String,
    wechat_paid_minor: u64,
    wechat_refunded_minor: u64,
    our_paid_minor: u64,
}

/// A difference between WeChat's bill and your orders.
#[derive(ToSchema)]
struct Difference {
    kind: DifferenceKind,
    out_trade_no: String,
    transaction_id: Option<String>,
    out_refund_no: Option<String>,
    ours: Option<Money>,
    wechat: Option<Money>,
    /// Whether your orders are right now.
    mended: bool,
    /// The line of the bill.
    line: Option<u32>,
    detail: Option<String>,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum DifferenceKind {
    MissingHere,
    MissingThere,
    Amount,
    Currency,
    RefundMissingThere,
    RefundAmount,
    RefundState,
    MadeElsewhere,
    RefundMadeElsewhere,
    Double,
    Unreadable,
    NotAnswered,
}
