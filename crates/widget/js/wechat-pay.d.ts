// The types of the module that a page loads. `lines` names goods and never a price: the Worker knows the prices.

/** One kind of goods, and how many. */
export interface Line {
  sku: string;
  quantity?: number;
}

/** The state of a payment. Only the Worker's answers lead to `paid` and `expired`. */
export type State = 'idle' | 'creating' | 'showing' | 'checking' | 'paid' | 'expired' | 'cancelled' | 'failed' | 'sold_out';

/** An amount in the currency's smallest unit: HK$88.00 is `{ minor: 8800, currency: 'HKD', decimals: 2 }`. */
export interface Amount {
  readonly minor: number;
  readonly currency: string;
  readonly decimals: number;
}

/** The order as the Worker shows it to its page. */
export interface Order {
  readonly id: string;
  readonly status: 'placing' | 'awaiting_payment' | 'checking' | 'paid' | 'expired' | 'cancelled' | 'failed';
  readonly version: number;
  readonly description: string;
  readonly amount: Amount;
  /** The text of the QR code; only while it can be paid. */
  readonly code_url?: string;
  /** The same code as its modules, without the quiet zone: `side` × `side` bits in base64, row by row, 1 for dark. */
  readonly code?: { readonly side: number; readonly modules: string };
  readonly expires_at_ms: number;
  readonly server_time_ms: number;
  readonly ask_again_in_ms?: number;
  readonly ask_again_when_live_in_ms?: number;
  readonly failure?: 'shop_misconfigured' | 'refused' | 'gateway_unreachable';
  readonly notices?: readonly ('paid_late' | 'paid_twice' | 'under_review')[];
  /** The files that were bought; once the order is paid. */
  readonly downloads?: readonly Download[];
}

/** A file that was bought. */
export interface Download {
  /** The goods, in the order's language. */
  readonly name: string;
  /** Whoever has it can download the file. */
  readonly url: string;
  /** Until when, by the server's clock. */
  readonly expires_at_ms: number;
}

/** Why there is no order to pay. */
export interface Failure {
  readonly code: 'shop_misconfigured' | 'refused' | 'gateway_unreachable' | 'unavailable' | 'rejected' | 'sold_out' | 'unloaded' | 'unsupported';
  /** For a log, not for the shopper. */
  readonly message: string;
}

/** The names of the texts in the section `element` of `lang/en.json`. */
export type TextName =
  | 'pay'
  | 'creating'
  | 'scan'
  | 'how'
  | 'code'
  | 'left'
  | 'claim'
  | 'cancel'
  | 'checking'
  | 'checking_hint'
  | 'not_yet'
  | 'paid'
  | 'paid_hint'
  | 'expired'
  | 'expired_hint'
  | 'renew'
  | 'cancelled'
  | 'cancelled_hint'
  | 'cancelled_unanswered'
  | 'failed'
  | 'failed_shop_misconfigured'
  | 'failed_refused'
  | 'failed_gateway_unreachable'
  | 'failed_rejected'
  | 'failed_unsupported'
  | 'sold_out'
  | 'retry'
  | 'offline'
  | 'troubled'
  | 'busy'
  | 'notice_paid_late'
  | 'notice_paid_twice'
  | 'notice_under_review'
  | 'phone'
  | 'phone_hint'
  | 'phone_in_wechat'
  | 'share'
  | 'copied'
  | 'download';

/** What the shopper typed, by the names of the catalogue's fields. */
export type Fields = Readonly<Record<string, string>>;

/** The texts that a merchant replaces. */
export type Texts = Readonly<Partial<Record<TextName, string>>>;

export type Theme = 'light' | 'dark';

/** Forbids the properties of the other ways to say what is paid. */
type Without<Name extends string> = { [Other in Name]?: undefined };

/**
 * What is paid. One of four: `sku` with `quantity`; `lines` of several goods; an `offer` that the shop signed; the number
 * and token of an order that the shop placed itself.
 */
export type Cart =
  | ({ sku: string; quantity?: number | string } & Without<'lines' | 'offer' | 'orderId' | 'token'>)
  | ({ lines: readonly Line[] } & Without<'sku' | 'quantity' | 'offer' | 'orderId' | 'token'>)
  | ({ offer: string; quantity?: number | string } & Without<'sku' | 'lines' | 'orderId' | 'token'>)
  | ({ orderId: string; token: string } & Without<'sku' | 'quantity' | 'lines' | 'offer'>);

interface Settings {
  endpoint?: string;
  lang?: string;
  theme?: Theme;
  texts?: Texts;
  fields?: Fields;
  showPrice?: boolean;
  autostart?: boolean;
  disabled?: boolean;
}

export interface Listeners {
  ready?(event: CustomEvent<Order>): void;
  paid?(event: CustomEvent<Order>): void;
  expired?(event: CustomEvent<Order>): void;
  cancelled?(event: CustomEvent<Order | null>): void;
  error?(event: CustomEvent<Failure>): void;
}

export type Options = Cart & Settings & { on?: Listeners };

export interface WeChatPayEventMap {
  'wechat-pay-ready': CustomEvent<Order>;
  'wechat-pay-paid': CustomEvent<Order>;
  'wechat-pay-expired': CustomEvent<Order>;
  'wechat-pay-cancelled': CustomEvent<Order | null>;
  'wechat-pay-error': CustomEvent<Failure>;
}

/** `<wechat-pay>` */
export class WeChatPay extends HTMLElement {
  /** Null if the given value is not an address. */
  get endpoint(): string | null;
  /** Null removes the attribute. Then the Worker is where the script came from. */
  set endpoint(endpoint: string | null | undefined);
  get sku(): string | null;
  set sku(sku: string | null | undefined);
  get quantity(): string | number | null;
  set quantity(quantity: string | number | null | undefined);
  /** A compact JWS that the shop signed; the attribute `offer`. */
  get offer(): string | null;
  set offer(offer: string | null | undefined);
  /** The number of an order that the shop placed itself; the attribute `order-id`. */
  get orderId(): string | null;
  set orderId(id: string | null | undefined);
  /** That order's status token. */
  get token(): string | null;
  set token(token: string | null | undefined);
  get theme(): Theme | null;
  set theme(theme: Theme | null | undefined);
  autostart: boolean;
  disabled: boolean;
  /** Shows the price, and what is sold out, before the button is pressed; the attribute `show-price`. */
  showPrice: boolean;
  /** What the shopper typed. Other texts are another order. */
  get fields(): Fields;
  set fields(fields: Fields | null | undefined);
  get lines(): Line[];
  set lines(lines: readonly Line[] | null | undefined);
  get texts(): Texts;
  set texts(texts: Texts | null | undefined);
  readonly state: State;
  readonly order: Order | null;
  /**
   * Pays, gets a new code, or tries again now. Resolves to the state once there is a code or the payment is over. Never
   * rejects.
   */
  start(): Promise<State>;
  retry(): Promise<State>;
  /** Cancels. Resolves to the state once the payment is over. Paid wins over cancelled. Never rejects. */
  cancel(): Promise<State>;
  addEventListener<K extends keyof WeChatPayEventMap>(
    type: K,
    listener: (this: WeChatPay, event: WeChatPayEventMap[K]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void;
}

/** Puts a `<wechat-pay>` into an element. `remove()` it to end everything it does. */
export function mount(parent: Element, options: Options): WeChatPay;

/** The element's attributes, for JSX other than that of React 19. */
export interface WeChatPayAttributes {
  endpoint?: string;
  sku?: string;
  quantity?: number | string;
  offer?: string;
  'order-id'?: string;
  token?: string;
  lang?: string;
  theme?: Theme;
  'show-price'?: boolean | '';
  autostart?: boolean | '';
  disabled?: boolean | '';
  [attribute: `data-${string}` | `aria-${string}`]: unknown;
  id?: string;
  class?: string;
  className?: string;
  style?: string | object;
  hidden?: boolean | '';
  slot?: string;
  part?: string;
  title?: string;
  dir?: string;
  role?: string;
  tabIndex?: number;
  tabindex?: number | string;
  children?: unknown;
  ref?: unknown;
  key?: string | number | null;
}

declare global {
  interface HTMLElementTagNameMap {
    'wechat-pay': WeChatPay;
  }
  interface HTMLElementEventMap extends WeChatPayEventMap {}
  interface DocumentEventMap extends WeChatPayEventMap {}
  interface WindowEventMap extends WeChatPayEventMap {}
  namespace JSX {
    interface IntrinsicElements {
      'wechat-pay': WeChatPayAttributes;
    }
  }
}
