// Decides how times, money and counts are written.
// Times are shown in the zone of the routes, wherever the reader is. Pure but for that zone.

/** Within so many days nobody takes a day and a month for those of another year. */
const NEAR_DAYS = 180;

let timezone = "Europe/Istanbul";
let formats = makeFormats();

export function setTimezone(zone) {
  timezone = zone;
  formats = makeFormats();
}

/** `₺1.250,50` */
export function money(amount) {
  return formats.money.format(amount);
}

/** `08:30` */
export function timeOf(instant) {
  return formats.time.format(new Date(instant));
}

/** `Tue 24 Nov` */
export function shortDate(instant) {
  return formats.shortDate.format(new Date(instant)).replace(",", "");
}

/** `Tuesday 24 November 2026` */
export function longDate(instant) {
  return formats.longDate.format(new Date(instant)).replace(",", "");
}

/** The calendar day in the routes' zone, `2026-11-24`. */
export function isoDate(instant) {
  return formats.isoDate.format(new Date(instant));
}

/** A calendar day some days away, without any zone: `2026-11-30`, 1 → `2026-12-01`. */
export function addDays(date, days) {
  const noon = new Date(`${date}T12:00:00Z`);
  noon.setUTCDate(noon.getUTCDate() + days);
  return noon.toISOString().slice(0, 10);
}

/** A calendar day in words: `Tuesday 24 November`. */
export function dayInWords(date) {
  return formats.dayInWords.format(new Date(`${date}T12:00:00Z`)).replace(",", "");
}

/** Whether this is a day of the calendar, written as `2026-11-24`. */
export function isCalendarDay(date) {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date ?? "")) return false;
  const noon = new Date(`${date}T12:00:00Z`);
  return !Number.isNaN(noon.getTime()) && noon.toISOString().startsWith(date);
}

/**
 * A sentence of the server's with its times as people write them: `… until 28 November, 14:05`. The year is
 * said only of days that are far.
 */
export function withReadableTimes(text) {
  return String(text)
    .replace(/\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})/g, (instant) =>
      Number.isNaN(Date.parse(instant)) ? instant : `${formats.dayAndMonth.format(new Date(instant))}, ${timeOf(instant)}`,
    )
    .replace(/\d{4}-\d{2}-\d{2}/g, (date) => (isCalendarDay(date) ? readableDay(date) : date));
}

function readableDay(date) {
  const noon = new Date(`${date}T12:00:00Z`);
  const isNear = Math.abs(noon.getTime() - Date.now()) < NEAR_DAYS * 86_400_000;
  return (isNear ? formats.nearDay : formats.farDay).format(noon);
}

/** How many calendar days the second instant lies behind the first. */
export function daysBetween(first, second) {
  return Math.round((Date.parse(isoDate(second)) - Date.parse(isoDate(first))) / 86_400_000);
}

/** `5 h 30 min` */
export function duration(departure, arrival) {
  const minutes = Math.max(0, Math.round((Date.parse(arrival) - Date.parse(departure)) / 60_000));
  const hours = Math.floor(minutes / 60);
  return [hours > 0 && `${hours} h`, (minutes % 60 > 0 || hours === 0) && `${minutes % 60} min`].filter(Boolean).join(" ");
}

/** `14:05`, for what is left of a hold. */
export function countdown(left_ms) {
  const seconds = Math.max(0, Math.ceil(left_ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** `40 s`, `5 min`: how long to wait before trying again. */
export function waitInWords(wait_s) {
  return wait_s < 100 ? `${wait_s} s` : `${Math.ceil(wait_s / 60)} min`;
}

/** `4`, `4 and 5`, `4, 5 and 6` */
export function listed(items) {
  const last = items.at(-1);
  return items.length < 2 ? String(last ?? "") : `${items.slice(0, -1).join(", ")} and ${last}`;
}

/** `seat 4`, `seats 4 and 5` */
export function seatsInWords(seats) {
  return `${seats.length === 1 ? "seat" : "seats"} ${listed(seats)}`;
}

/** With a capital letter, as at the beginning of a sentence. */
export function capitalised(text) {
  return text.charAt(0).toLocaleUpperCase("en") + text.slice(1);
}

/** `1 seat`, `2 seats` */
export function count(number, noun) {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** `STANDARD` → `Standard` */
export function titled(word) {
  const lower = String(word ?? "").toLocaleLowerCase("en").replaceAll("_", " ");
  return lower.charAt(0).toLocaleUpperCase("en") + lower.slice(1);
}

export const GENDER_WORDS = Object.freeze({ MALE: "man", FEMALE: "woman", OTHER: "other" });

function makeFormats() {
  const written = (locale, options) => new Intl.DateTimeFormat(locale, { timeZone: timezone, ...options });
  return {
    money: new Intl.NumberFormat("tr-TR", { style: "currency", currency: "TRY" }),
    time: written("en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }),
    shortDate: written("en-GB", { weekday: "short", day: "numeric", month: "short" }),
    longDate: written("en-GB", { weekday: "long", day: "numeric", month: "long", year: "numeric" }),
    isoDate: written("en-CA", { year: "numeric", month: "2-digit", day: "2-digit" }),
    dayAndMonth: written("en-GB", { day: "numeric", month: "long" }),
    nearDay: new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", day: "numeric", month: "long" }),
    farDay: new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", day: "numeric", month: "long", year: "numeric" }),
    dayInWords: new Intl.DateTimeFormat("en-GB", {
      timeZone: "UTC",
      weekday: "long",
      day: "numeric",
      month: "long",
    }),
  };
}
