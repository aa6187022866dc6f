import fs from 'node:fs';
import type { KeptMicrosoft } from '../microsoft/kept-state';
import type { KeptGrant } from './grants';

/** What survives a restart of the simulator: who consented, and from when on the generated mail is dated. */
export interface KeptState {
  /** Milliseconds since the epoch; generated mail is a function of it, so the same mailbox comes back. */
  seededAt: number;
  /** How often the simulator was started on this file, this time included. */
  starts: number;
  grants: KeptGrant[];
  /** Missing in files of runs without Microsoft. */
  microsoft?: KeptMicrosoft;
}

/** The state of the previous run, ready for this one; a new one when the file does not exist. */
export function openKeptState(file: string, now: number): KeptState {
  if (!fs.existsSync(file)) return { seededAt: now, starts: 1, grants: [] };
  const previous = JSON.parse(fs.readFileSync(file, 'utf8')) as KeptState;
  return { ...previous, starts: previous.starts + 1 };
}

export function saveKeptState(file: string, state: KeptState): void {
  fs.writeFileSync(file, JSON.stringify(state));
}

/** Every start has history ids above those of the start before: a cursor from then is expired, not silently valid. */
export function historyIdBaseOf(state: KeptState): bigint {
  return 4_200_000n + BigInt(state.starts - 1) * 1_000_000_000n;
}
