/** Who has a mail page open. A heartbeat counts for a little more than two of its intervals (20 s). */
const VISIBLE_MS = 45_000;

export interface Presence {
  touch(userId: string, visible: boolean): void;
  isVisible(userId: string): boolean;
}

export function createPresence(monotonic: () => number): Presence {
  const seen = new Map<string, number>();
  return {
    touch(userId, visible) {
      if (visible) seen.set(userId, monotonic());
      else seen.delete(userId);
    },
    isVisible(userId) {
      const at = seen.get(userId);
      if (at === undefined) return false;
      if (monotonic() - at <= VISIBLE_MS) return true;
      seen.delete(userId);
      return false;
    },
  };
}
