// How times, durations, numbers and telephone numbers are written on every page.

const dateTimeFormat = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const timeFormat = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const numberFormat = new Intl.NumberFormat();
const moneyFormat = new Intl.NumberFormat(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 4 });

export const none = "–";

export function dateTime(iso: string | null | undefined): string {
  return iso ? dateTimeFormat.format(new Date(iso)) : none;
}

export function timeOfDay(iso: string): string {
  return timeFormat.format(new Date(iso));
}

export function count(value: number): string {
  return numberFormat.format(value);
}

/** In the currency of the account that the price per minute was given in. */
export function money(value: number | null | undefined): string {
  return value === null || value === undefined ? none : moneyFormat.format(value);
}

export function percent(part: number, whole: number): string {
  return whole === 0 ? none : `${Math.round((100 * part) / whole)} %`;
}

/** 75 → "1:15", 3675 → "1:01:15". */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return none;
  const whole = Math.max(0, Math.floor(seconds));
  const two = (n: number) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** North American numbers in their usual groups, others as they are. */
export function phone(e164: string): string {
  const nanp = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(e164);
  return nanp ? `(${nanp[1]}) ${nanp[2]}-${nanp[3]}` : e164;
}

/** NO_ANSWER → "No answer". */
export function words(name: string | null | undefined): string {
  if (!name) return none;
  const text = name.toLowerCase().replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}
