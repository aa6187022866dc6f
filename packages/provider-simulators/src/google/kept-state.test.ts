import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { historyIdBaseOf, openKeptState, saveKeptState } from './kept-state';
import { createGoogleSimulator } from './simulator';

const ANN = 'ann@gmail.example';
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'simulator-state-'));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

function start(file: string, now: number) {
  const kept = openKeptState(file, now);
  const clock = { now: () => kept.seededAt };
  const accounts = [{ address: ANN, messages: 20, historyIdBase: historyIdBaseOf(kept) }];
  const google = createGoogleSimulator({ clock, accounts });
  google.state.grants.restore(kept.grants);
  return { google, stop: () => saveKeptState(file, { ...kept, grants: google.state.grants.keep() }) };
}

describe('a simulator that is started again on its state file', () => {
  const file = path.join(folder, 'state.json');
  const first = start(file, Date.UTC(2026, 10, 1));
  const { refreshToken } = first.google.control.issueTokens({ account: ANN });
  const before = first.google.control.truth({ account: ANN });
  first.stop();
  const second = start(file, Date.UTC(2026, 10, 9));

  it('still honours the consents of the first run', () => {
    const found = second.google.state.grants.useRefreshToken(refreshToken);
    expect(found).toMatchObject({ grant: { account: ANN } });
  });

  it('has the same mail, under the same ids', () => {
    expect(Object.keys(second.google.control.truth({ account: ANN }).messages)).toEqual(Object.keys(before.messages));
  });

  it('has no history that a cursor of the first run could be read from', () => {
    const mailbox = second.google.state.accounts.get(ANN)?.mailbox;
    expect(mailbox?.historySequence(before.historyId)).toBeNaN();
  });
});
