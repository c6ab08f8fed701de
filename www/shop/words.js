// The shop's words in its three languages. The catalogue has the names of the goods, the widget has the words of the
// payment.

const WORDS = {
  en: {
    skip: 'Skip to your order',
    demo: 'Demo shop',
    demo_hint: 'No real money moves: a simulator plays WeChat Pay.',
    title: 'Tea from small gardens',
    lead: 'Picked by hand, packed in Hong Kong, with you in two days.',
    goods: 'Teas',
    add: 'Add',
    order: 'Your order',
    empty: 'Nothing in it yet. Choose a tea you like.',
    total: 'Total',
    less: 'One less',
    more: 'One more',
    number: 'Order number',
    packed: 'We pack your tea today and write to you when it leaves.',
    again: 'Keep shopping',
    phone: 'Open the simulated phone',
    see_order: 'See your order',
    footer: 'Example Tea House is an example. The teas are real, the shop is not.',
    no_catalog: 'The teas could not be loaded. Please try again in a moment.',
  },
  'zh-HK': {
    skip: '跳到你的訂單',
    demo: '示範商店',
    demo_hint: '不涉及真實款項：微信支付由模擬器扮演。',
    title: '來自小茶園的好茶',
    lead: '人手採摘，香港包裝，兩日送達。',
    goods: '茶品',
    add: '加入',
    order: '你的訂單',
    empty: '訂單內未有貨品，揀一款你喜歡的茶。',
    total: '合計',
    less: '減一件',
    more: '加一件',
    number: '訂單編號',
    packed: '我們今日包裝，寄出時會通知你。',
    again: '繼續選購',
    phone: '開啟模擬手機',
    see_order: '查看訂單',
    footer: 'Example Tea House 只是示例。茶是真的，店不是。',
    no_catalog: '未能載入茶品，請稍後再試。',
  },
  'zh-CN': {
    skip: '跳到您的订单',
    demo: '演示商店',
    demo_hint: '不涉及真实款项：微信支付由模拟器扮演。',
    title: '来自小茶园的好茶',
    lead: '手工采摘，香港包装，两日送达。',
    goods: '茶品',
    add: '加入',
    order: '您的订单',
    empty: '订单里还没有商品，挑一款您喜欢的茶。',
    total: '合计',
    less: '减一件',
    more: '加一件',
    number: '订单编号',
    packed: '我们今天包装，寄出时会通知您。',
    again: '继续选购',
    phone: '打开模拟手机',
    see_order: '查看订单',
    footer: 'Example Tea House 只是示例。茶是真的，店不是。',
    no_catalog: '茶品加载失败，请稍后再试。',
  },
};

const STORED_AS = 'example-tea-house language';

let chosen = recall() ?? preferred();

export const language = () => chosen;
export const word = (name) => WORDS[chosen][name];

export function chooseLanguage(tag) {
  chosen = tag;
  document.documentElement.lang = tag;
  try {
    localStorage.setItem(STORED_AS, tag);
  } catch {
    // Storage is forbidden: the choice lives as long as the page.
  }
}

/** Puts the words into the elements that name them. */
export function translate(root = document) {
  for (const element of root.querySelectorAll('[data-word]')) element.textContent = word(element.dataset.word);
  for (const element of root.querySelectorAll('[data-label]')) element.setAttribute('aria-label', word(element.dataset.label));
  for (const button of root.querySelectorAll('.languages button')) {
    button.setAttribute('aria-pressed', String(button.value === chosen));
  }
}

function recall() {
  try {
    const tag = localStorage.getItem(STORED_AS);
    return tag in WORDS ? tag : undefined;
  } catch {
    return undefined;
  }
}

function preferred() {
  for (const tag of navigator.languages) {
    if (/^zh-(hk|tw|mo|hant)/i.test(tag)) return 'zh-HK';
    if (/^zh/i.test(tag)) return 'zh-CN';
    if (/^en/i.test(tag)) return 'en';
  }
  return 'en';
}
