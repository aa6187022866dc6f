/** Units of ended calls in a sliding window of monotonic time; entries are added in order of time. */
export class UsageWindow {
  private entries: { at: number; units: number }[] = [];
  private head = 0;
  private sum = 0;

  constructor(private readonly windowMs: number) {}

  add(units: number, at: number): void {
    const last = this.entries[this.entries.length - 1];
    if (last !== undefined && this.entries.length > this.head && last.at === at) last.units += units;
    else this.entries.push({ at, units });
    this.sum += units;
  }

  used(now: number): number {
    for (let entry = this.entries[this.head]; entry && this.expiry(entry) <= now; entry = this.entries[this.head]) {
      this.sum -= entry.units;
      this.head++;
    }
    if (this.head > 1024) {
      this.entries = this.entries.slice(this.head);
      this.head = 0;
    }
    return this.sum;
  }

  /** Milliseconds until at least `units` of what is used now have left the window; Infinity when there are not so many. */
  freed(units: number, now: number): number {
    let left = units;
    for (let i = this.head; i < this.entries.length; i++) {
      const entry = this.entries[i] as { at: number; units: number };
      left -= entry.units;
      if (left <= 0) return Math.max(0, this.expiry(entry) - now);
    }
    return Infinity;
  }

  // One millisecond more than the window: clocks count whole milliseconds, and the provider may count both ends.
  private expiry(entry: { at: number }): number {
    return entry.at + this.windowMs + 1;
  }
}
