// The live view polls one document and shows what changed in it.

const PAUSE_MS = 1000;
const $ = (id) => document.getElementById(id);
let switches = null;
/** The numbers of the merchants that have an address for notifications of refunds. */
let merchantsWithRefundAddress = new Set();

/** Builds an element; children are elements or texts, never markup. */
function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

const time = (ms) => new Date(ms).toLocaleTimeString("en-GB");
const NO_DECIMALS = new Set(["ISK", "JPY", "KRW", "VND"]);
const money = ({ minor, currency }) => `${currency} ${NO_DECIMALS.has(currency) ? minor : (minor / 100).toFixed(2)}`;
const badge = (text, kind) => el("span", { class: `badge ${kind}` }, text);
const block = (title, text) => (text ? [el("h4", {}, title), el("pre", {}, text)] : []);

/** XML with one element a line, even when it came without line feeds. */
const lines = (xml) => xml.replaceAll(/(<xml>|<\/\w+>)\s*(?=<)/g, "$1\n");

function row(summary, inside) {
  return el("details", {}, el("summary", {}, ...summary), el("div", { class: "inside" }, ...inside));
}

// --- rows ------------------------------------------------------------------------------------------------------------

const STATE_KINDS = { SUCCESS: "good", REFUND: "good", NOTPAY: "", CLOSED: "bad", PAYERROR: "bad" };

/** A typed amount in the smallest unit; NaN if it is not an amount. */
const minorOf = (text, currency) => Math.round(Number(text || NaN) * (NO_DECIMALS.has(currency) ? 1 : 100));

function refundLine(refund, currency) {
  const by = refund.source === "VENDOR_PLATFORM" ? "by hand" : "by the shop";
  return el("li", {}, `${refund.out_refund_no}: ${money({ minor: refund.minor, currency })} ${by}, ${refund.status}`);
}

/** Refunds a payment as a person does in the merchant platform. */
function refundForm(order, payment) {
  const { currency } = order.amount;
  const left = NO_DECIMALS.has(currency) ? `${payment.left_minor}` : (payment.left_minor / 100).toFixed(2);
  const amount = el("input", { name: "amount", inputmode: "decimal", autocomplete: "off", value: left, size: "9" });
  const told = el("input", { type: "checkbox", name: "told" });
  told.checked = merchantsWithRefundAddress.has(order.mch_id);
  told.disabled = !told.checked;
  const said = el("p", { class: "said", role: "status" });
  const form = el(
    "form",
    { class: "refund" },
    el("label", {}, `${currency} `, amount),
    el("button", { type: "submit" }, "Refund by hand"),
    el("label", { class: "told" }, told, told.disabled ? " tell the shop (start with --refund-notify-url)" : " tell the shop"),
    said,
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const minor = minorOf(amount.value, currency);
    if (!Number.isSafeInteger(minor) || minor < 1) {
      said.textContent = `This is no amount in ${currency}.`;
      return;
    }
    const asked = { out_trade_no: order.out_trade_no, transaction_id: payment.transaction_id, minor, notify: told.checked ? "on" : "off" };
    const answer = await put("/control/refund", "POST", asked);
    if (!answer.ok) said.textContent = (await answer.json()).message;
  });
  return form;
}

/** The refunds of an order, and a form to refund what is left. */
function refunds(order) {
  const { currency } = order.amount;
  const made = order.refunds ?? [];
  const left = (order.payments ?? []).filter((payment) => payment.left_minor > 0);
  if (made.length === 0 && left.length === 0) return [];
  const several = (order.payments ?? []).length > 1;
  return [
    el("h4", {}, "refunds, as in the merchant platform"),
    made.length ? el("ul", {}, ...made.map((refund) => refundLine(refund, currency))) : null,
    ...left.flatMap((payment) => [several ? el("p", {}, payment.transaction_id) : null, refundForm(order, payment)]),
  ];
}

function orderRow(order) {
  const phone = `/phone#code=${encodeURIComponent(order.code_url)}`;
  return row(
    [
      el("span", { class: "what" }, order.out_trade_no),
      el("span", { class: "when" }, time(order.placed_at_ms)),
      badge(order.trade_state, STATE_KINDS[order.trade_state]),
      el("span", { class: "about" }, `${money(order.amount)} · ${order.body}`),
    ],
    [
      ...block("code_url", order.code_url),
      el("p", {}, el("a", { href: phone }, "Show this code to the phone")),
      ...block("notify_url", order.notify_url),
      ...block("transaction_id", order.transaction_id),
      ...block("merchant", `${order.mch_id}${order.sub_mch_id ? ` / ${order.sub_mch_id}` : ""} · ${order.sign_type}`),
      ...block("payable until", new Date(order.payable_until_ms).toLocaleString("en-GB")),
      ...refunds(order),
    ],
  );
}

function callRow(exchange) {
  const succeeded = exchange.verdict === "SUCCESS";
  const signature = exchange.signature;
  const why = signature && !signature.verified ? signature.hint : exchange.verdict;
  const faults = exchange.faults.length ? ` · fault ${exchange.faults.join(", ")}` : "";
  return row(
    [
      el("span", { class: "what" }, exchange.call),
      el("span", { class: "when" }, `#${exchange.number} ${time(exchange.at_ms)}`),
      badge(succeeded ? "SUCCESS" : "FAIL", succeeded ? "good" : "bad"),
      el("span", { class: "about" }, `${exchange.out_trade_no ?? ""}${succeeded ? "" : ` ${why}`}${faults}`),
    ],
    [
      signature?.hint ? el("p", { class: "hint" }, signature.hint) : null,
      ...(signature
        ? [
            ...block(`signed text (${signature.sign_type})`, signature.signing_text),
            ...block("sign received", signature.received),
            ...(signature.verified ? [] : block("sign expected", signature.expected)),
          ]
        : []),
      ...block("call", lines(exchange.request)),
      ...block(exchange.status === 200 ? "answer" : `answer, status ${exchange.status}`, lines(exchange.answer)),
    ],
  );
}

const STANDINGS = { received: ["received", "good"], waiting: ["waiting", ""], sent: ["under way", ""], "given-up": ["given up", "bad"] };

function notificationRow(notification) {
  const [text, kind] = STANDINGS[notification.standing];
  const last = notification.deliveries.at(-1);
  const next = notification.due_at_ms ? ` · next at ${time(notification.due_at_ms)}` : "";
  return row(
    [
      el("span", { class: "what" }, notification.out_trade_no),
      el("span", { class: "when" }, `${notification.kind}, ${notification.deliveries.length} of 16`),
      badge(text, kind),
      el("span", { class: "about" }, `${last?.verdict ?? "not sent yet"}${next}`),
    ],
    [
      ...block("to", notification.url),
      el("h4", {}, "deliveries"),
      el("ol", {}, ...notification.deliveries.map((one) => el("li", {}, `${time(one.at_ms)}: ${one.verdict}`, one.reply ? el("pre", {}, one.reply) : null))),
      ...block("message", lines(notification.body)),
    ],
  );
}

// --- keeping the page as it is where nothing changed -----------------------------------------------------------------

const shown = { orders: new Map(), calls: new Map(), notifications: new Map() };

function showList(name, items, key, build) {
  $(`${name}-empty`).hidden = items.length > 0;
  $(`${name}-count`).textContent = items.length ? `(${items.length === 100 ? "the newest 100" : items.length})` : "";
  const before = shown[name];
  const now = new Map();
  const rows = items.map((item) => {
    const text = JSON.stringify(item);
    let known = before.get(key(item));
    if (known?.text !== text) {
      const node = build(item);
      node.open = known?.node.open ?? false;
      known = { text, node };
    }
    now.set(key(item), known);
    return known.node;
  });
  const same = rows.length === $(name).children.length && rows.every((node, index) => $(name).children[index] === node);
  if (!same) $(name).replaceChildren(...rows);
  shown[name] = now;
}

function show(overview) {
  merchantsWithRefundAddress = new Set(overview.merchants.filter((one) => one.refund_notify_url).map((one) => one.mch_id));
  showList("orders", overview.orders, (order) => `${order.mch_id}/${order.out_trade_no}`, orderRow);
  showList("calls", overview.exchanges, (exchange) => exchange.number, callRow);
  showList("notifications", overview.notifications, (notification) => notification.id, notificationRow);
  switches = overview.switches;
  if ($("fault-call").length === 1) $("fault-call").append(...overview.calls.map((call) => el("option", {}, call)));
  $("notifications-on").checked = switches.notifications === "on";
  $("faults").replaceChildren(
    ...switches.faults.map((fault) => el("li", {}, el("span", {}, fault.call ? `${fault.name} in ${fault.call}` : fault.name), el("span", {}, fault.times ? `${fault.times}×` : "always"))),
  );
  $("clock").textContent = new Date(overview.now_ms).toLocaleString("en-GB");
  $("ahead").textContent = overview.ahead_ms ? `(${Math.round(overview.ahead_ms / 60000)} minutes ahead)` : "";
}

async function refresh() {
  try {
    show(await (await fetch("/control/overview")).json());
    $("connection").textContent = "";
  } catch {
    $("connection").textContent = "The simulator does not answer.";
  }
}

async function put(path, method, body) {
  const answer = await fetch(path, { method, headers: { "content-type": "application/json" }, body: body && JSON.stringify(body) });
  await refresh();
  return answer;
}

/** Opens the order that the address names, `#order=…`. The phone's receipt links here. */
function openNamed() {
  const named = new URLSearchParams(location.hash.slice(1).replaceAll("+", "%2B")).get("order");
  const row = [...shown.orders].find(([key]) => named !== null && key.endsWith(`/${named}`))?.[1].node;
  if (!row) return;
  row.open = true;
  row.scrollIntoView();
}

// --- switches --------------------------------------------------------------------------------------------------------

$("notifications-on").addEventListener("change", (event) => put("/control/faults", "PUT", { ...switches, notifications: event.target.checked ? "on" : "off" }));
$("fault-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const fault = { name: $("fault").value };
  if ($("fault-call").value) fault.call = $("fault-call").value;
  if ($("times").value) fault.times = Number($("times").value);
  put("/control/faults", "PUT", { ...switches, faults: [...switches.faults, fault] });
});
$("reset").addEventListener("click", () => put("/control/faults", "DELETE"));
for (const button of document.querySelectorAll("[data-advance]")) {
  button.addEventListener("click", () => put("/control/clock", "POST", { "advance-ms": Number(button.dataset.advance) }));
}

async function loop() {
  if (!document.hidden) await refresh();
  setTimeout(loop, PAUSE_MS);
}

async function begin() {
  await loop();
  openNamed();
}

window.addEventListener("hashchange", openNamed);
$("origin").textContent = location.origin;
fetch("/control/fault-names")
  .then((response) => response.json())
  .then((names) => $("fault").append(...names.map(({ name, what }) => el("option", { value: name, title: what }, name))));
begin();
