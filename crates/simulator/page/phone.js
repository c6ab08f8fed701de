// The phone: scan → order → password → receipt, or a sentence that says why not. The gateway makes all decisions.

import { TEXTS, preferredLanguage } from "./texts.js";

const CAMERA_PAUSE_MS = 250;
const SYMBOLS = { CNY: "¥", HKD: "HK$", USD: "US$", JPY: "JP¥", EUR: "€", GBP: "£", SGD: "S$", KRW: "₩", AUD: "A$", CAD: "C$" };
const NO_DECIMALS = new Set(["ISK", "JPY", "KRW", "VND"]);
const PASSWORD_LENGTH = 6;
const WRONG_PASSWORD = "000000";

const $ = (id) => document.getElementById(id);
const PAGES = { scan: $("scan-page"), order: $("order-page"), receipt: $("receipt-page"), message: $("message-page") };

let language = preferredLanguage();
let texts = TEXTS[language];
/** The scanned code and what the scan showed, while an order is on the screen. */
let current = null;
let digits = "";
let camera = null;

// --- what is shown ---------------------------------------------------------------------------------------------------

function speak(text) {
  $("announce").textContent = text;
}

function show(page) {
  for (const [name, element] of Object.entries(PAGES)) element.hidden = name !== page;
  $("screen").dataset.page = page;
  PAGES[page].querySelector("h2").focus({ preventScroll: true });
  if (page !== "scan") stopCamera();
}

function translate() {
  texts = TEXTS[language];
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = texts[element.dataset.text];
  $("language").setAttribute("aria-label", texts.otherLanguageName);
  showDigits();
}

function money({ minor, currency }) {
  const digits = NO_DECIMALS.has(currency) ? 0 : 2;
  const value = (minor / 10 ** digits).toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return (SYMBOLS[currency] ?? `${currency} `) + value;
}

function rate(scan) {
  return `1 ${scan.amount.currency} = ${(scan.rate / 1e8).toString()} CNY`;
}

function busy(text) {
  $("busy").hidden = text === null;
  if (text !== null) $("busy-text").textContent = text;
}

function message(title, text, scan) {
  $("message-title").textContent = title;
  $("message-text").textContent = text;
  $("message-order").textContent = scan?.merchant ? `${scan.merchant} · ${money(scan.amount)}` : "";
  closePassword();
  show("message");
}

function messageOf(scan) {
  const text = language === "en" ? scan.message : scan.message_zh;
  message(texts.titles[scan.state] ?? scan.state, text, scan);
}

// --- asking the simulator --------------------------------------------------------------------------------------------

async function ask(path, body) {
  const json = typeof body === "object" && !(body instanceof Blob);
  const response = await fetch(path, {
    method: "POST",
    headers: { "content-type": json ? "application/json" : body.type || "application/octet-stream" },
    body: json ? JSON.stringify(body) : body,
  });
  return { status: response.status, body: await response.json() };
}

/** Shows the waiting sign while the simulator is asked. Any failure is shown as a lost connection. */
async function during(text, request) {
  busy(text);
  try {
    return await request();
  } catch {
    message(texts.offline, texts.offlineText);
    return null;
  } finally {
    busy(null);
  }
}

const scanned = () => ({ code_url: current.code, payer: $("payer").value });

async function scan(code) {
  code = code.trim();
  if (code === "") return;
  current = { code, scan: null };
  const answer = await during(texts.reading, () => ask("/phone/scan", scanned()));
  if (answer === null) return;
  current.scan = answer.body;
  if (answer.body.state !== "payable") return messageOf(answer.body);
  showOrder(answer.body);
}

function showOrder(scan) {
  $("shop-mark").textContent = [...scan.merchant][0] ?? "";
  $("shop").textContent = $("password-shop").textContent = scan.merchant;
  $("price").textContent = $("password-price").textContent = money(scan.amount);
  const foreign = scan.amount.currency !== "CNY" && scan.cny;
  const toPay = foreign ? `≈ ${money(scan.cny)}` : scan.coupon ? money(scan.cny) : "";
  $("cny").textContent = $("password-cny").textContent = toPay;
  showCoupon("coupon", scan.coupon);
  $("goods").textContent = scan.body;
  $("rate").textContent = foreign ? rate(scan) : "";
  $("rate").parentElement.hidden = !foreign;
  $("order-number").textContent = scan.out_trade_no;
  PAGES.order.querySelector("input[value=balance]").checked = true;
  show("order");
}

function showCoupon(id, coupon) {
  $(id).textContent = coupon ? `−${money(coupon)}` : "";
  $(id).parentElement.hidden = !coupon;
}

async function pay() {
  const method = PAGES.order.querySelector("input[name=method]:checked");
  const refused = method.value === "refused";
  const answer = await during(texts.paying, () => ask(refused ? "/phone/refuse" : "/phone/pay", scanned()));
  if (answer === null) return;
  closePassword();
  if (answer.body.result !== "paid") {
    if (refused && answer.body.state === "failed") return message(texts.titles.failed, texts.refusedByBank, answer.body);
    return messageOf(answer.body);
  }
  const paid = answer.body;
  $("receipt-shop").textContent = paid.merchant;
  $("receipt-cny").textContent = money(paid.cny);
  $("receipt-price").textContent = money(paid.amount);
  showCoupon("receipt-coupon", paid.coupon);
  $("receipt-method").textContent = method.closest("label").textContent.replace("¥", "").trim();
  $("receipt-time").textContent = new Date(paid.paid_at_ms).toLocaleString(language, { dateStyle: "medium", timeStyle: "medium" });
  $("receipt-transaction").textContent = paid.transaction_id;
  $("receipt-desk").href = `/#order=${encodeURIComponent(paid.out_trade_no)}`;
  show("receipt");
  speak(`${texts.paidTitle}. ${money(paid.cny)}`);
}

// --- the password ----------------------------------------------------------------------------------------------------

function showDigits() {
  [...$("dots").children].forEach((dot, index) => dot.classList.toggle("full", index < digits.length));
  $("dots").setAttribute("aria-label", `${digits.length} ${texts.digitsEntered}`);
}

function openPassword() {
  digits = "";
  $("wrong").textContent = "";
  showDigits();
  $("veil").hidden = $("password-sheet").hidden = false;
  PAGES.order.inert = true;
  $("password-title").focus({ preventScroll: true });
}

function closePassword() {
  if ($("password-sheet").hidden) return;
  $("veil").hidden = $("password-sheet").hidden = true;
  PAGES.order.inert = false;
  $("pay-button").focus({ preventScroll: true });
}

function press(digit) {
  if (digits.length === PASSWORD_LENGTH || !$("busy").hidden) return;
  digits += digit;
  $("wrong").textContent = "";
  showDigits();
  if (digits.length < PASSWORD_LENGTH) return;
  if (digits === WRONG_PASSWORD) {
    digits = "";
    showDigits();
    $("wrong").textContent = texts.wrongPassword;
    $("dots").classList.remove("shake");
    requestAnimationFrame(() => $("dots").classList.add("shake"));
    return;
  }
  pay();
}

function erase() {
  digits = digits.slice(0, -1);
  showDigits();
}

// --- pictures --------------------------------------------------------------------------------------------------------

async function scanPicture(picture) {
  const answer = await during(texts.reading, () => ask("/phone/decode", picture));
  if (answer === null) return;
  if (answer.status !== 200) return message(texts.noCode, language === "en" ? answer.body.message : texts.noCodeText);
  $("code").value = answer.body.code_url;
  await scan(answer.body.code_url);
}

/** The picture or the text of a paste or a drop. */
async function scanTransfer(transfer) {
  const picture = [...transfer.files].find((file) => file.type.startsWith("image/"));
  if (picture) return scanPicture(picture);
  const text = transfer.getData("text/plain");
  if (text) {
    $("code").value = text.trim();
    await scan(text);
  }
}

async function scanClipboard() {
  try {
    for (const item of await navigator.clipboard.read()) {
      const picture = item.types.find((type) => type.startsWith("image/"));
      if (picture) return scanPicture(await item.getType(picture));
      if (item.types.includes("text/plain")) {
        const text = await (await item.getType("text/plain")).text();
        $("code").value = text.trim();
        return scan(text);
      }
    }
  } catch {
    // There is no permission, or the clipboard is empty. The next line helps with both.
  }
  $("finder-hint").textContent = texts.noClipboard;
}

// --- the camera ------------------------------------------------------------------------------------------------------

async function toggleCamera() {
  if (camera) return stopCamera();
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    const video = $("camera");
    video.srcObject = stream;
    video.hidden = false;
    await video.play();
    camera = { stream, timer: setTimeout(look, CAMERA_PAUSE_MS) };
    $("camera-button").querySelector("span").textContent = texts.cameraStop;
  } catch {
    $("finder-hint").textContent = texts.noCamera;
  }
}

/** Reads a code with the browser's own reader, if it has one. Otherwise the simulator reads a still. */
async function look() {
  const video = $("camera");
  const code = "BarcodeDetector" in window ? await readHere(video) : await readThere(video);
  if (!camera) return;
  if (code) {
    $("code").value = code;
    return scan(code);
  }
  camera.timer = setTimeout(look, CAMERA_PAUSE_MS);
}

async function readHere(video) {
  const found = await new BarcodeDetector({ formats: ["qr_code"] }).detect(video).catch(() => []);
  return found[0]?.rawValue;
}

async function readThere(video) {
  const still = new OffscreenCanvas(video.videoWidth, video.videoHeight);
  still.getContext("2d").drawImage(video, 0, 0);
  const answer = await ask("/phone/decode", await still.convertToBlob({ type: "image/jpeg" })).catch(() => null);
  return answer?.status === 200 ? answer.body.code_url : null;
}

function stopCamera() {
  if (!camera) return;
  clearTimeout(camera.timer);
  for (const track of camera.stream.getTracks()) track.stop();
  camera = null;
  $("camera").hidden = true;
  $("camera-button").querySelector("span").textContent = texts.camera;
}

// --- hands on the phone ----------------------------------------------------------------------------------------------

function codeInAddress() {
  const named = new URLSearchParams(location.hash.slice(1).replaceAll("+", "%2B")).get("code");
  if (!named) return;
  $("code").value = named;
  scan(named);
}

function home() {
  current = null;
  if (location.hash) history.replaceState(null, "", location.pathname + location.search);
  $("code").value = "";
  $("finder-hint").textContent = texts.finderHint;
  show("scan");
}

$("code-form").addEventListener("submit", (event) => {
  event.preventDefault();
  scan($("code").value);
});
$("language").addEventListener("click", () => {
  language = language === "en" ? "zh-CN" : "en";
  localStorage.setItem("phone-language", language);
  translate();
});
$("picture-button").addEventListener("click", () => $("picture").click());
$("picture").addEventListener("change", () => {
  const [picture] = $("picture").files;
  $("picture").value = "";
  if (picture) scanPicture(picture);
});
$("paste-button").addEventListener("click", scanClipboard);
$("camera-button").addEventListener("click", toggleCamera);
$("walk-away").addEventListener("click", home);
$("pay-button").addEventListener("click", openPassword);
$("password-close").addEventListener("click", closePassword);
$("veil").addEventListener("click", closePassword);
$("receipt-done").addEventListener("click", home);
$("message-done").addEventListener("click", home);
$("pad-back").addEventListener("click", erase);
$("pad").addEventListener("click", (event) => {
  const digit = event.target.closest("[data-digit]")?.dataset.digit;
  if (digit) press(digit);
});

document.addEventListener("keydown", (event) => {
  if ($("password-sheet").hidden || event.ctrlKey || event.metaKey || event.altKey) return;
  if (/^[0-9]$/.test(event.key)) press(event.key);
  else if (event.key === "Backspace") erase();
  else if (event.key === "Escape") closePassword();
  else if (event.key === "Tab") keepInside(event);
});

/** Keeps Tab inside the sheet while it is open. */
function keepInside(event) {
  const buttons = [...$("password-sheet").querySelectorAll("button")];
  const [first, last] = [buttons[0], buttons.at(-1)];
  const leaves = event.shiftKey ? [first, $("password-title")].includes(document.activeElement) : document.activeElement === last;
  if (!leaves) return;
  event.preventDefault();
  (event.shiftKey ? last : first).focus();
}

document.addEventListener("paste", (event) => {
  if (event.target === $("code") && event.clipboardData.files.length === 0) return;
  event.preventDefault();
  scanTransfer(event.clipboardData);
});
document.addEventListener("dragover", (event) => {
  event.preventDefault();
  $("finder").classList.add("dropping");
});
document.addEventListener("dragleave", () => $("finder").classList.remove("dropping"));
document.addEventListener("drop", (event) => {
  event.preventDefault();
  $("finder").classList.remove("dropping");
  scanTransfer(event.dataTransfer);
});
window.addEventListener("hashchange", codeInAddress);

function tick() {
  $("clock").textContent = new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
}

$("camera-button").hidden = !navigator.mediaDevices?.getUserMedia;
$("paste-button").hidden = !navigator.clipboard?.read;
tick();
setInterval(tick, 10_000);
translate();
show("scan");
codeInAddress();
