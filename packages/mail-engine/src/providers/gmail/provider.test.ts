import { describe, expect, it } from 'vitest';
import { MailError } from '../../errors';
import type { FetchOutcome } from '../provider';
import { settlePlaces } from './labels';
import { ADDRESS, listAll, simulatedMailbox } from './testing/simulated-mailbox';

function idsOf(outcomes: readonly FetchOutcome[], kind: FetchOutcome['kind']): string[] {
  return outcomes.filter((outcome) => outcome.kind === kind).map((outcome) => outcome.remoteId);
}

async function kindOf(run: Promise<unknown>): Promise<string> {
  try {
    await run;
    return 'resolved';
  } catch (error) {
    expect(error).toBeInstanceOf(MailError);
    return (error as MailError).kind;
  }
}

describe('a whole mailbox', () => {
  it('is fetched message by message as the simulator holds it, in fewer units than single gets', async () => {
    const { provider, control, pacer } = simulatedMailbox({
      accounts: [{ address: ADDRESS, messages: 400 }],
      quota: { enforced: false },
    });
    const { draftId } = control.saveDraft({ account: ADDRESS });
    control.saveDraft({ account: ADDRESS, draftId, text: 'Saved again.' });
    const { messages, drafts } = control.truth({ account: ADDRESS });
    const entries = await listAll(provider);
    expect(entries.map((entry) => entry.remoteId).sort()).toEqual(Object.keys(messages).sort());
    const before = pacer.stats().units;
    const outcomes = await provider.fetch(entries);
    expect(idsOf(outcomes, 'message').sort()).toEqual(Object.keys(messages).sort());
    expect(pacer.stats().units - before).toBeLessThan(0.7 * 20 * entries.length);
    for (const outcome of outcomes) {
      if (outcome.kind !== 'message') throw new Error('a message is missing');
      const { envelope, body } = outcome.message;
      const truth = messages[outcome.remoteId];
      const labels = new Set(truth?.labelIds);
      expect(envelope).toMatchObject({
        threadRemoteId: truth?.threadId,
        receivedAt: truth?.internalDate,
        isRead: !labels.has('UNREAD'),
        isStarred: labels.has('STARRED'),
        isDraft: labels.has('DRAFT'),
        draftRemoteId: truth?.draftId ?? null,
        internetMessageId: truth?.messageId === '' ? null : truth?.messageId,
      });
      labels.delete('UNREAD');
      labels.delete('STARRED');
      expect(envelope.places).toEqual([...settlePlaces(labels)].sort());
      expect((body.html ?? '') + (body.text ?? '')).not.toBe('');
    }
    expect(Object.keys(drafts)).toContain(draftId);
  });

  it('uses at least 95 % of the quota while less than 1 % of the answers are refusals', async () => {
    const { provider, control } = simulatedMailbox({
      accounts: [{ address: ADDRESS, messages: 2_400 }],
      latencyMs: 80,
    });
    const entries = await listAll(provider);
    const byThread = [...entries].sort((a, b) => (a.threadRemoteId < b.threadRemoteId ? -1 : 1));
    const slices = Array.from({ length: Math.ceil(byThread.length / 50) }, (_, i) =>
      byThread.slice(i * 50, i * 50 + 50),
    );
    let next = 0;
    const worker = async (): Promise<void> => {
      for (let slice = slices[next++]; slice; slice = slices[next++]) await provider.fetch(slice);
    };
    await Promise.all([worker(), worker(), worker()]);
    const counters = control.counters();
    const fullMinutes = Object.values(counters.unitsPerMinute[ADDRESS] ?? {}).slice(0, -1);
    expect(fullMinutes.length).toBeGreaterThanOrEqual(3);
    const used = fullMinutes.reduce((sum, units) => sum + units, 0) / fullMinutes.length;
    expect(used).toBeGreaterThanOrEqual(0.95 * 6_000);
    expect(counters.quota[ADDRESS]?.highestWindow).toBeLessThanOrEqual(6_000);
    expect(counters.refusedShare).toBeLessThan(0.01);
  }, 30_000);
});

describe('changes', () => {
  it('tell arrivals, moves, flags and deletions, and end at the newest position', async () => {
    const { provider, control } = simulatedMailbox();
    const [kept, doomed] = control.newMail({ account: ADDRESS, count: 2 }) as [string, string];
    const { cursor } = await provider.profile();
    const [added] = control.newMail({ account: ADDRESS, count: 1 }) as [string];
    control.archive({ account: ADDRESS, ids: [kept] });
    control.markRead({ account: ADDRESS, ids: [kept] });
    control.star({ account: ADDRESS, ids: [kept] });
    control.deleteForever({ account: ADDRESS, ids: [doomed] });
    const page = await provider.changes(cursor);
    expect(page.done).toBe(true);
    expect(page.events.map(({ kind, remoteId }) => [kind, remoteId])).toEqual(
      expect.arrayContaining([
        ['present', added],
        ['gone', doomed],
      ]),
    );
    expect(page.events).toContainEqual(expect.objectContaining({ kind: 'moved', remoteId: kept, removed: ['INBOX'] }));
    expect(page.events).toContainEqual(
      expect.objectContaining({ kind: 'moved', remoteId: kept, isRead: true, removed: [] }),
    );
    expect(page.events).toContainEqual(
      expect.objectContaining({ kind: 'moved', remoteId: kept, isStarred: true, added: [] }),
    );
    expect(await provider.changes(page.cursor)).toMatchObject({ events: [], done: true, cursor: page.cursor });
  });

  it('can be resumed from the cursor of any page without losing one', async () => {
    const { provider, control } = simulatedMailbox();
    const { cursor: start } = await provider.profile();
    const ids = control.newMail({ account: ADDRESS, count: 1_203 });
    const seen = new Set<string>();
    let pages = 0;
    let cursor = start;
    for (let done = false; !done; pages++) {
      const page = await provider.changes(cursor);
      for (const event of page.events) seen.add(event.remoteId);
      ({ cursor, done } = page);
    }
    expect(pages).toBe(3);
    expect([...seen].sort()).toEqual([...ids].sort());
  });

  it('say that places changed when an unknown label is named, and not for known ones', async () => {
    const { provider, control } = simulatedMailbox();
    const [id] = control.newMail({ account: ADDRESS, count: 1 }) as [string];
    await provider.places();
    const { cursor } = await provider.profile();
    control.archive({ account: ADDRESS, ids: [id] });
    const known = await provider.changes(cursor);
    expect(known.placesChanged).toBe(false);
    control.move({ account: ADDRESS, ids: [id], to: 'Projects/2026' });
    expect((await provider.changes(known.cursor)).placesChanged).toBe(true);
    expect((await provider.places()).labels).toContainEqual(
      expect.objectContaining({ name: 'Projects/2026', kind: 'user' }),
    );
  });

  it('report an expired or unreadable position as expired, never as an empty page', async () => {
    const { provider, control } = simulatedMailbox();
    const { cursor } = await provider.profile();
    control.newMail({ account: ADDRESS, count: 2 });
    control.expireHistory({ account: ADDRESS });
    expect(await kindOf(provider.changes(cursor))).toBe('cursorExpired');
    const fresh = await provider.profile();
    control.newMail({ account: ADDRESS, count: 1 });
    control.accident({
      kind: 'missingFields',
      method: 'history.list',
      fields: ['history.messagesAdded', 'history.messages'],
      times: null,
    });
    expect(await kindOf(provider.changes(fresh.cursor))).toBe('cursorExpired');
  });
});

describe('a bad message', () => {
  it.each(['status', 'malformed'] as const)(
    'that is %s for ever fails alone, and only after others were tried',
    async (how) => {
      const { provider, control } = simulatedMailbox();
      const ids = control.newMail({ account: ADDRESS, count: 12 });
      const [bad] = ids as [string];
      control.poison({ messageId: bad, how });
      const outcomes = await provider.fetch(await listAll(provider));
      expect(idsOf(outcomes, 'failed')).toEqual([bad]);
      expect(idsOf(outcomes, 'message')).toHaveLength(11);
      const alone = await provider.fetch([{ remoteId: bad, threadRemoteId: bad }]);
      expect(alone).toMatchObject([{ kind: 'failed', error: { kind: 'malformed' } }]);
    },
  );

  it('that always kills its connection does not stop the others', async () => {
    const { provider, control } = simulatedMailbox();
    const ids = control.newMail({ account: ADDRESS, count: 12 });
    const bad = ids[5] as string;
    control.accident({ kind: 'cut', messageId: bad, times: null });
    const outcomes = await provider.fetch(await listAll(provider));
    expect(idsOf(outcomes, 'failed')).toEqual([bad]);
    expect(idsOf(outcomes, 'message')).toHaveLength(11);
  });

  it('with missing fields fails alone', async () => {
    const { provider, control } = simulatedMailbox();
    const ids = control.newMail({ account: ADDRESS, count: 4 });
    control.accident({ kind: 'missingFields', messageId: ids[2], fields: ['payload'], times: null });
    const outcomes = await provider.fetch(await listAll(provider));
    expect(idsOf(outcomes, 'failed')).toEqual([ids[2]]);
    expect(idsOf(outcomes, 'message')).toHaveLength(3);
  });

  it('that is listed but no longer there is gone, not failed', async () => {
    const { provider, control } = simulatedMailbox();
    const ids = control.newMail({ account: ADDRESS, count: 3 });
    const entries = await listAll(provider);
    control.deleteForever({ account: ADDRESS, ids: [ids[1] as string] });
    const outcomes = await provider.fetch(entries);
    expect(idsOf(outcomes, 'gone')).toEqual([ids[1]]);
    expect(await provider.check([ids[0] as string, ids[1] as string])).toEqual([
      { kind: 'state', state: expect.objectContaining({ remoteId: ids[0] }) },
      { kind: 'gone', remoteId: ids[1] },
    ]);
  });

  it('of a thread is told apart from the others of its thread', async () => {
    const { provider, control } = simulatedMailbox();
    const [first] = control.newMail({ account: ADDRESS, subject: 'Plan', text: 'a' }) as [string];
    const { threadId } = control.reply({ account: ADDRESS });
    control.reply({ account: ADDRESS, threadId });
    const entries = await listAll(provider);
    expect(new Set(entries.map((entry) => entry.threadRemoteId)).size).toBe(1);
    control.deleteForever({ account: ADDRESS, ids: [first] });
    const outcomes = await provider.fetch(entries);
    expect(idsOf(outcomes, 'gone')).toEqual([first]);
    expect(idsOf(outcomes, 'message')).toHaveLength(2);
  });
});

describe('trouble of the whole account', () => {
  it('is thrown by its kind', async () => {
    const api = simulatedMailbox();
    api.control.setClient({ clientId: [...api.simulator.state.clients.keys()][0] as string, apiEnabled: false });
    expect(await kindOf(api.provider.profile())).toBe('apiDisabled');
    const none = simulatedMailbox({ accounts: [{ address: ADDRESS, withoutMailbox: true }] });
    expect(await kindOf(none.provider.profile())).toBe('noMailbox');
    const down = simulatedMailbox();
    down.control.newMail({ account: ADDRESS, count: 3 });
    const entries = await listAll(down.provider);
    down.control.accident({ kind: 'status', status: 503, times: null });
    down.control.accident({ kind: 'reset', method: 'batch', times: null });
    expect(await kindOf(down.provider.fetch(entries))).toBe('unavailable');
  });

  it('a throttled mailbox is left alone until the time that Gmail names', async () => {
    const { provider, control, clock, pacer, requests } = simulatedMailbox();
    control.throttle({ account: ADDRESS, seconds: 120 });
    expect(await kindOf(provider.profile())).toBe('throttled');
    expect(pacer.notBefore).toBeGreaterThanOrEqual(clock.now() + 100_000);
    const sent = requests.length;
    expect(await kindOf(provider.profile())).toBe('throttled');
    expect(requests).toHaveLength(sent);
    clock.advance(121_000);
    await expect(provider.profile()).resolves.toMatchObject({ address: ADDRESS });
  });

  it('an access token that ended in the middle of a run is replaced once', async () => {
    const { provider, control, replacedTokens } = simulatedMailbox();
    control.newMail({ account: ADDRESS, count: 30 });
    const entries = await listAll(provider);
    control.expireAccessTokens();
    expect(idsOf(await provider.fetch(entries), 'message')).toHaveLength(30);
    expect(replacedTokens()).toBe(1);
  });

  it('too many calls at once are repeated with fewer, without losing a message', async () => {
    const { provider, control, pacer } = simulatedMailbox({ concurrencyPerUser: 6, latencyMs: 50 });
    control.newMail({ account: ADDRESS, count: 60 });
    const entries = await listAll(provider);
    expect(idsOf(await provider.fetch(entries), 'message')).toHaveLength(60);
    expect(pacer.stats().concurrencyRefusals).toBeGreaterThan(0);
    expect(pacer.concurrency).toBeLessThan(20);
  });

  it('a quota that somebody else used up ends in a wait, and the messages fetched before it are kept', async () => {
    const { provider, control } = simulatedMailbox();
    control.newMail({ account: ADDRESS, count: 40 });
    const entries = await listAll(provider);
    control.quotaBurst({ account: ADDRESS, units: 5_700 });
    const outcomes = await provider.fetch(entries);
    const kept = idsOf(outcomes, 'message').length;
    expect(kept).toBeGreaterThan(0);
    expect(kept).toBeLessThan(40);
    expect(
      outcomes.filter((outcome) => outcome.kind === 'failed').every((outcome) => outcome.error.kind === 'throttled'),
    ).toBe(true);
    expect(outcomes).toHaveLength(40);
  });

  it('stopping ends a wait at once', async () => {
    const stop = new AbortController();
    const { provider, control } = simulatedMailbox({}, { signal: stop.signal, maxHoldMs: 1e9 });
    control.throttle({ account: ADDRESS, seconds: 100_000 });
    const waiting = kindOf(provider.profile());
    stop.abort();
    expect(await waiting).toBe('unavailable');
  });
});

describe('organising', () => {
  it('reaches Gmail for one message, a few and many', async () => {
    const { provider, control } = simulatedMailbox();
    const ids = control.newMail({ account: ADDRESS, count: 40 });
    const states = await provider.check(ids.slice(0, 1));
    const state = states[0]?.kind === 'state' ? states[0].state : undefined;
    if (!state) throw new Error('the message is missing');
    const apply = (some: string[], op: Parameters<typeof provider.effectOf>[0], place: string | null = null) =>
      provider.organise(some, op, provider.effectOf(op, place, state, {}));
    await apply(ids.slice(0, 1), 'markRead');
    await apply(ids.slice(0, 3), 'star');
    await apply(ids, 'archive');
    await apply(ids.slice(5, 6), 'trash');
    const { id: label } = control.createLabel({ account: ADDRESS, name: 'Later' });
    await apply(ids.slice(7, 9), 'addLabel', label);
    const { messages } = control.truth({ account: ADDRESS });
    const labels = (i: number): readonly string[] => messages[ids[i] as string]?.labelIds ?? [];
    expect(labels(0)).not.toContain('UNREAD');
    expect(labels(1)).toContain('UNREAD');
    expect([labels(0), labels(1), labels(2)].every((l) => l.includes('STARRED'))).toBe(true);
    expect(ids.some((_, i) => labels(i).includes('INBOX'))).toBe(false);
    expect(labels(5)).toContain('TRASH');
    expect(labels(8)).toContain(label);
  });

  it('says that a single message is gone, and refuses labels that cannot be changed', async () => {
    const { provider, control } = simulatedMailbox();
    const [id] = control.newMail({ account: ADDRESS, count: 1 }) as [string];
    control.deleteForever({ account: ADDRESS, ids: [id] });
    expect(await kindOf(provider.organise([id], 'markRead', { isRead: true }))).toBe('notFound');
    const state = {
      remoteId: id,
      threadRemoteId: id,
      places: ['INBOX'],
      isRead: true,
      isStarred: false,
      isDraft: false,
    };
    expect(() => provider.effectOf('addLabel', 'SENT', state, {})).toThrow(MailError);
    expect(() => provider.effectOf('move', 'DRAFT', state, {})).toThrow(MailError);
  });
});

describe('attachments and late texts', () => {
  it('are fetched by part, although their ids change at every get', async () => {
    const { provider, control } = simulatedMailbox();
    const raw = [
      'From: a@example.test', 'To: ann@example.test', 'Subject: Report', 'Message-ID: <r1@example.test>', 'MIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary=b', '', '--b', 'Content-Type: text/plain; charset=utf-8', '', 'See the file.',
      '--b', 'Content-Type: application/pdf; name="../q3.pdf"', 'Content-Disposition: attachment; filename="../q3.pdf"',
      'Content-Transfer-Encoding: base64', '', Buffer.from('PDF bytes').toString('base64'), '--b--', '',
    ].join('\r\n'); // prettier-ignore
    const [id] = control.newMail({ account: ADDRESS, raw }) as [string];
    const [outcome] = await provider.fetch(await listAll(provider));
    if (outcome?.kind !== 'message') throw new Error('the message is missing');
    const [attachment] = outcome.message.attachments;
    expect(attachment).toMatchObject({
      fileName: expect.not.stringMatching(/[/\\]/) as string,
      mimeType: 'application/pdf',
      isInline: false,
    });
    const stream = await provider.attachment(id, attachment?.partId ?? '');
    expect(await new Response(stream).text()).toBe('PDF bytes');
    expect(await kindOf(provider.attachment(id, '99'))).toBe('notFound');
  });

  it('do not leave the text empty when Gmail gives it by attachment id', async () => {
    const { provider, control } = simulatedMailbox({ switches: { largeTextBytes: 10 } });
    control.newMail({ account: ADDRESS, subject: 'Long', text: 'word '.repeat(2_000) });
    const [outcome] = await provider.fetch(await listAll(provider));
    expect(outcome?.kind === 'message' && outcome.message.body.text).toContain('word word');
  });
});

describe('estimates', () => {
  it('are exact while one page holds everything, and come from the profile without a start', async () => {
    const { provider, control, clock } = simulatedMailbox();
    control.newMail({ account: ADDRESS, count: 7 });
    expect(await provider.estimate([null, clock.now() - 3_600_000])).toEqual([7, 7]);
  });
});
