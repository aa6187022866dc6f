/** Units used in a sliding window of time. */
export class SlidingWindow {
  private times: number[] = [];
  private units: number[] = [];
  private first = 0;
  private sum = 0;
  /** The highest use of any window so far. */
  highest = 0;

  constructor(
    readonly limit: number,
    private readonly windowMs: number,
  ) {}

  used(now: number): number {
    while (this.first < this.times.length && (this.times[this.first] as number) <= now - this.windowMs) {
      this.sum -= this.units[this.first] as number;
      this.first++;
    }
    if (this.first > 4096) {
      this.times = this.times.slice(this.first);
      this.units = this.units.slice(this.first);
      this.first = 0;
    }
    return this.sum;
  }

  fits(units: number, now: number): boolean {
    return this.used(now) + units <= this.limit;
  }

  /** Counts units whether they fit or not. */
  take(units: number, now: number): void {
    const used = this.used(now) + units;
    const last = this.times.length - 1;
    // One entry per millisecond is exact enough and keeps the list short at full speed.
    if (last >= this.first && this.times[last] === now) this.units[last] = (this.units[last] as number) + units;
    else {
      this.times.push(now);
      this.units.push(units);
    }
    this.sum = used;
    if (used > this.highest) this.highest = used;
  }

  /** The first moment at which `units` will fit when nothing else is used until then. */
  fitsAt(units: number, now: number): number {
    let over = this.used(now) + units - this.limit;
    for (let i = this.first; over > 0 && i < this.times.length; i++) {
      over -= this.units[i] as number;
      if (over <= 0) return (this.times[i] as number) + this.windowMs;
    }
    return over > 0 ? now + this.windowMs : now;
  }
}
