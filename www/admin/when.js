// Times as the shop's clocks show them. The Worker says the shop's time zone, and when its days begin.

import { who } from './session.js';

const zone = () => who()?.time_zone ?? 'Asia/Hong_Kong';
const formats = new Map();

function format(language, options) {
  const name = `${language} ${zone()} ${JSON.stringify(options)}`;
  if (!formats.has(name)) formats.set(name, new Intl.DateTimeFormat(language, { ...options, timeZone: zone() }));
  return formats.get(name);
}

/** Day and time: `26 Nov 2026, 20:15:03`. */
export const moment = (ms, language) => format(language, { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' }).format(ms);
/** The time alone, with seconds. */
export const clock = (ms, language) => format(language, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }).format(ms);
/** The time, and the day unless it is today. */
export const short = (ms, language, now = Date.now()) =>
  dayOf(ms) === dayOf(now)
    ? format(language, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(ms)
    : format(language, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(ms);
/** The hour: `20:00`. */
export const hour = (ms, language) => format(language, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(ms);
/** Day and month. */
export const dayAndMonth = (ms, language) => format(language, { day: 'numeric', month: 'short' }).format(ms);
/** The whole day in words. */
export const wholeDay = (ms, language) => format(language, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }).format(ms);
/** Month and year. */
export const monthAndYear = (ms, language) => format(language, { month: 'long', year: 'numeric' }).format(ms);

/** The shop's day at this moment, as the API takes it: `2026-11-26`. */
export function dayOf(ms) {
  const parts = Object.fromEntries(format('en-US', { year: 'numeric', month: '2-digit', day: '2-digit' }).formatToParts(ms).map(({ type, value }) => [type, value]));
  return `${parts.year}-${parts.month}-${parts.day}`;
}

/** A day of the calendar, as in `2026-11-26`, in words. It has no time zone. */
export const calendarDay = (day, language) =>
  new Intl.DateTimeFormat(language, { dateStyle: 'full', timeZone: 'UTC' }).format(Date.parse(`${day}T00:00:00Z`));

/** The name of the shop's time zone. */
export const zoneName = () => zone().replaceAll('_', ' ');

/** When the shop's clocks first show this day, in milliseconds; undefined if the text is no day. (`routes/calendar.rs` does the same.) */
export function startOf(day) {
  const midnight = Date.parse(`${day}T00:00:00Z`);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day) || Number.isNaN(midnight)) return undefined;
  const byTheOffsetOf = (probe) => midnight - (shown(probe) - probe);
  const both = [byTheOffsetOf(midnight - DAY_MS), byTheOffsetOf(midnight + DAY_MS)].toSorted((one, other) => one - other);
  return both.find((at) => shown(at) >= midnight);
}

const DAY_MS = 86_400_000;

/** The day after this one. */
export const dayAfter = (day) => new Date(Date.parse(`${day}T00:00:00Z`) + DAY_MS).toISOString().slice(0, 10);

/** What the shop's clocks show, as if it were UTC. */
function shown(ms) {
  const options = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' };
  const parts = Object.fromEntries(format('en-US', options).formatToParts(ms).map(({ type, value }) => [type, value]));
  return Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second);
}
