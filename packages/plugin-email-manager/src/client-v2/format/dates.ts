const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Mail carries dates of any year; what no calendar of the browser can show is shown as it came. */
function valid(iso: string | null): Date | null {
  if (!iso) return null;
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? null : date;
}

function sameDay(a: Date, b: Date): boolean {
  return a.getFullYear() === b.getFullYear() && a.getMonth() === b.getMonth() && a.getDate() === b.getDate();
}

/** The date in a list: the time for today, day and month for this year, else the whole date in digits. */
export function listDate(iso: string | null, now: Date, language: string): string {
  const date = valid(iso);
  if (!date) return iso ?? '';
  if (sameDay(date, now)) return new Intl.DateTimeFormat(language, { hour: 'numeric', minute: '2-digit' }).format(date);
  if (date.getFullYear() === now.getFullYear()) {
    return new Intl.DateTimeFormat(language, { day: 'numeric', month: 'short' }).format(date);
  }
  return new Intl.DateTimeFormat(language, { day: '2-digit', month: '2-digit', year: 'numeric' }).format(date);
}

export function fullDate(iso: string | null, language: string): string {
  const date = valid(iso);
  if (!date) return iso ?? '';
  return new Intl.DateTimeFormat(language, { dateStyle: 'full', timeStyle: 'short' }).format(date);
}

export function dayOnly(iso: string | null, language: string): string {
  const date = valid(iso);
  if (!date) return iso ?? '';
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium' }).format(date);
}

/** "3 minutes ago"; a time in the future (clocks differ) counts as now. */
export function timeAgo(iso: string | null, now: Date, language: string): string {
  const date = valid(iso);
  if (!date) return '';
  const seconds = Math.max(0, Math.round((now.getTime() - date.getTime()) / 1000));
  const words = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  if (seconds < 45) return words.format(0, 'second');
  if (seconds < HOUR) return words.format(-Math.max(1, Math.round(seconds / MINUTE)), 'minute');
  if (seconds < DAY) return words.format(-Math.round(seconds / HOUR), 'hour');
  return words.format(-Math.round(seconds / DAY), 'day');
}

/** How long something takes, rounded up: nobody is angry when it was faster. Seconds in, words out. */
export function duration(seconds: number, language: string): string {
  const unit = (value: number, name: 'second' | 'minute' | 'hour' | 'day') =>
    new Intl.NumberFormat(language, { style: 'unit', unit: name, unitDisplay: 'long' }).format(value);
  if (seconds < 50) return unit(Math.max(10, Math.ceil(seconds / 10) * 10), 'second');
  if (seconds < 90 * MINUTE) return unit(Math.ceil(seconds / MINUTE), 'minute');
  if (seconds < 48 * HOUR) return unit(Math.ceil(seconds / HOUR), 'hour');
  return unit(Math.ceil(seconds / DAY), 'day');
}
