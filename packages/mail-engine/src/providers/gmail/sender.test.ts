import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MailError } from '../../errors';
import { fileOf, outgoing } from '../../mime/testing/outgoing';
import { OutboxWatch } from '../../send/hand';
import { InMemoryOutbox, queuedItem } from '../../send/testing/in-memory-outbox';
import { runOutboxItem } from '../../send/worker';
import { createGmailSender } from './sender';
import { ADDRESS } from './testing/simulated-mailbox';
import { simulatedSender } from './testing/simulated-sender';

describe('writing through Gmail', () => {
  it('loses the mark, the draft id or the final Message-ID', async () => {
    const { sender, control, sent } = simulatedSender();
    const draft = await sender.saveDraft(outgoing(), null);
    const again = await sender.saveDraft(outgoing({ subject: 'Changed' }), draft);
    expect(again.draftRemoteId).toBe(draft.draftRemoteId);
    expect(again.remoteId).not.toBe(draft.remoteId);
    expect(await sender.findDrafts('mark-1')).toMatchObject([{ draftRemoteId: draft.draftRemoteId }]);
    expect(await sender.draftState(draft)).toEqual({ kind: 'present' });
    const outcome = await sender.sendDraft(again);
    if (outcome.kind !== 'accepted') throw new Error(outcome.kind);
    const receipt = await sender.receipt(outcome.receipt);
    expect(receipt.internetMessageId).toMatch(/^<CA.*@mail\.gmail\.com>$/);
    expect(sent()).toMatchObject([{ subject: 'Changed', marker: 'mark-1', messageId: receipt.internetMessageId }]);
    expect(await sender.findSent('mark-1', 0)).toEqual(receipt);
    expect(await sender.findSent('mark-2', 0)).toBeNull();
    expect(await sender.draftState(again)).toEqual({ kind: 'gone' });
    expect(await sender.findDrafts('mark-1')).toEqual([]);
    const [arrived] = Object.values(control.truth({ account: 'ben@example.test' }).messages);
    expect(arrived).toMatchObject({ subject: 'Changed', messageId: receipt.internetMessageId });
  });

  it('takes a consumed or deleted draft for something else', async () => {
    const { sender } = simulatedSender();
    const draft = await sender.saveDraft(outgoing(), null);
    await sender.deleteDraft(draft);
    await sender.deleteDraft(draft);
    expect(await sender.sendDraft(draft)).toMatchObject({ kind: 'noDraft' });
    await expect(sender.saveDraft(outgoing(), draft)).rejects.toMatchObject({ kind: 'notFound' });
  });

  it('finds a sent copy in the trash, and not with the search index', async () => {
    const { sender, control, requests } = simulatedSender({ switches: { searchLagMs: 3_600_000, sendsPerDay: null } });
    const outcome = await sender.sendDraft(await sender.saveDraft(outgoing(), null));
    if (outcome.kind !== 'accepted') throw new Error(outcome.kind);
    control.trash({ account: ADDRESS, ids: [outcome.receipt.remoteId ?? ''] });
    expect(await sender.findSent('mark-1', 0)).toMatchObject({ remoteId: outcome.receipt.remoteId });
    expect(requests.some(({ url }) => /[?&]q=/.test(url))).toBe(false);
  });

  it.each([
    ['malformed', 'not-a-thread'],
    ['unknown', 'abcdef0123456789'],
  ])('fails for a %s thread instead of sending without it', async (_what, threadRemoteId) => {
    const { sender, sent } = simulatedSender();
    const draft = await sender.saveDraft(outgoing({ threadRemoteId }), null);
    await sender.saveDraft(outgoing({ threadRemoteId }), draft);
    expect(await sender.sendDraft(draft)).toMatchObject({ kind: 'accepted' });
    expect(sent()).toHaveLength(1);
  });

  it('answers outside the thread', async () => {
    const { sender, control } = simulatedSender();
    const [id = ''] = control.newMail({ account: ADDRESS, from: 'ben@example.test', subject: 'Plan', text: 'x' });
    const { threadId, messageId } = control.truth({ account: ADDRESS }).messages[id] ?? { threadId: '', messageId: '' };
    const answer = { subject: 'Re: Plan', threadRemoteId: threadId, inReplyTo: messageId, references: [messageId] };
    const outcome = await sender.sendDraft(await sender.saveDraft(outgoing(answer), null));
    expect(outcome).toMatchObject({ receipt: { threadRemoteId: threadId } });
  });

  it.each([
    ['a dropped answer', { kind: 'drop' }, 'lost', 1],
    ['504 although sent', { kind: 'statusAfterWork', status: 504 }, 'lost', 1],
    ['an answer cut short', { kind: 'cut' }, 'lost', 1],
    ['an answer that is garbage', { kind: 'malformed' }, 'lost', 1],
    ['a connection reset before the work', { kind: 'reset' }, 'lost', 0],
    ['503 before the work', { kind: 'status', status: 503 }, 'lost', 0],
    ['429', { kind: 'status', status: 429 }, 'notNow', 0],
    ['403 for the rate', { kind: 'status', status: 403 }, 'notNow', 0],
  ] as const)('%s is repeated, or understood as something else', async (_what, accident, kind, left) => {
    const { sender, control, sent, requests } = simulatedSender();
    const draft = await sender.saveDraft(outgoing(), null);
    control.accident({ ...accident, method: 'drafts.send' });
    expect((await sender.sendDraft(draft)).kind).toBe(kind);
    expect(requests.filter(({ url }) => url.endsWith('/drafts/send'))).toHaveLength(1);
    expect(sent()).toHaveLength(left);
  });

  it('sends twice after a refused token, or gives up', async () => {
    const { sender, control, sent } = simulatedSender();
    const draft = await sender.saveDraft(outgoing(), null);
    control.expireAccessTokens();
    expect((await sender.sendDraft(draft)).kind).toBe('accepted');
    expect(sent()).toHaveLength(1);
  });

  it.each([
    ['needsReauth', 'notNow'],
    ['unavailable', 'notNow'],
  ] as const)('a token that is %s counts as lost', async (error, kind) => {
    const { options, sender } = simulatedSender();
    const draft = await sender.saveDraft(outgoing(), null);
    const tokens = { ...options.tokens, accessToken: () => Promise.reject(new MailError(error, 'No token.')) };
    const outcome = await createGmailSender({ ...options, tokens }).sendDraft(draft);
    expect(outcome).toMatchObject({ kind, error: { kind: error } });
  });

  it('takes a host that cannot be reached for one that may have sent', async () => {
    const { options, sender } = simulatedSender();
    const draft = await sender.saveDraft(outgoing(), null);
    const refused = Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNREFUSED' } });
    const outcome = await createGmailSender({ ...options, http: () => Promise.reject(refused) }).sendDraft(draft);
    expect(outcome.kind).toBe('notNow');
  });

  it('refuses a hundred and one recipients, or 36 MB, only after the upload', async () => {
    const { sender, requests } = simulatedSender();
    const to = Array.from({ length: 101 }, (_, n) => ({ name: '', address: `p${n}@example.test` }));
    await expect(sender.saveDraft(outgoing({ to }), null)).rejects.toMatchObject({
      providerCode: 'TOO_MANY_RECIPIENTS',
    });
    const files = [fileOf('film', '', { sizeBytes: 30_000_000 })];
    await expect(sender.saveDraft(outgoing({ files }), null)).rejects.toMatchObject({
      providerCode: 'ATTACHMENT_TOO_LARGE',
    });
    expect(requests).toEqual([]);
  });

  it('reads the aliases wrongly', async () => {
    const { sender } = simulatedSender({
      accounts: [
        {
          address: ADDRESS,
          name: 'Ann',
          aliases: [
            { sendAsEmail: 'sales@example.test', displayName: 'Sales', verificationStatus: 'pending', isDefault: true },
          ],
        },
      ],
    });
    expect(await sender.identities()).toMatchObject([
      { address: ADDRESS, name: 'Ann', isPrimary: true, isVerified: true, replyTo: null },
      { address: 'sales@example.test', name: 'Sales', isPrimary: false, isVerified: false, isDefault: true },
    ]);
  });
});

describe('a large mail', () => {
  const size = 20_000_000;
  const film = () => fileOf('film.mp4', Buffer.alloc(size, 'film'), { mimeType: 'video/mp4' });

  it.each([
    ['nothing', null],
    ['a chunk that got lost', { kind: 'status', status: 503, method: 'upload.chunk', skip: 2 }],
  ] as const)('is sent as another one, or held in memory, after %s', async (_what, accident) => {
    const { sender, control, sent, requests, simulator } = simulatedSender();
    if (accident) control.accident(accident);
    const draft = await sender.saveDraft(outgoing({ files: [film()] }), null);
    const largest = Math.max(...requests.map(({ body }) => body?.length ?? 0));
    expect(largest).toBeLessThanOrEqual(4 * 1_048_576);
    expect(await sender.sendDraft(draft)).toMatchObject({ kind: 'accepted' });
    expect(sent()).toMatchObject([{ marker: 'mark-1' }]);
    const mailbox = simulator.state.accounts.get('ben@example.test')?.mailbox;
    const [arrived] = [...(mailbox?.messages.newestFirst() ?? [])];
    const content = arrived && mailbox ? mailbox.content(arrived) : null;
    const part = content?.root.parts.find(({ filename }) => filename === 'film.mp4');
    expect(part?.content().equals(Buffer.alloc(size, 'film'))).toBe(true);
  });

  it('sends the token to a host that an answer names', async () => {
    const { options, requests } = simulatedSender();
    const http: typeof options.http = async (url, init) => {
      const response = await options.http(url, init);
      const location = response.headers.get('location');
      if (location === null) return response;
      const evil = location.replace('gmail.googleapis.com', 'evil.test');
      return new Response(null, { status: 200, headers: { location: evil } });
    };
    await createGmailSender({ ...options, http }).saveDraft(outgoing({ files: [film()] }), null);
    expect(requests.filter(({ url }) => url.includes('evil.test'))).toEqual([]);
  });

  it('is cut where its file has vanished half way', async () => {
    const { sender, control } = simulatedSender();
    const file = { ...film(), sizeBytes: size + 1 };
    await expect(sender.saveDraft(outgoing({ files: [file] }), null)).rejects.toMatchObject({
      providerCode: 'ATTACHMENT_CHANGED',
    });
    expect(control.truth({ account: ADDRESS }).drafts).toEqual({});
  });
});

const RUNS = Number(process.env['CAMPAIGN_RUNS'] ?? 60);
const method = fc.constantFrom(
  'drafts.send',
  'drafts.send',
  'drafts.create',
  'drafts.get',
  'messages.list',
  'messages.get',
);
const accident = fc.record({
  method,
  kind: fc.constantFrom('drop', 'statusAfterWork', 'status', 'reset', 'cut', 'malformed'),
  status: fc.constantFrom(500, 503, 504, 429),
  times: fc.integer({ min: 1, max: 4 }),
  skip: fc.nat({ max: 2 }),
});

describe('the outbox over the simulated Gmail', () => {
  it('doubles or loses a mail by any accident at Google', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(accident, { minLength: 1, maxLength: 6 }), fc.boolean(), async (accidents, race) => {
        const { sender, clock, control, sent } = simulatedSender();
        const store = new InMemoryOutbox();
        store.add(queuedItem('a', { sendAt: clock.now() }), outgoing());
        for (const one of accidents) control.accident(one);
        const node = (owner: string) => ({ store, sender, clock, watch: new OutboxWatch(clock, owner) });
        const nodes = [node('one'), node('two')];
        const until = clock.monotonic() + 24 * 3_600_000;
        while (clock.monotonic() < until) {
          const ran = race ? nodes : nodes.slice(0, 1);
          await Promise.all(ran.map((context) => runOutboxItem(context, 'a')));
          const state = store.rows.get('a')?.state ?? '';
          if (['sent', 'failed', 'cancelled'].includes(state) || store.rows.get('a')?.needsPerson) break;
          await clock.sleep(20_000);
        }
        const row = store.rows.get('a');
        expect(sent().map(({ marker }) => marker)).toEqual(['mark-a']);
        expect(row?.state).toBe('sent');
        expect(row?.receipt?.remoteId).toBe(sent()[0]?.id);
        expect(Object.keys(control.truth({ account: ADDRESS }).drafts)).toEqual([]);
      }),
      { numRuns: RUNS, seed: 4 },
    );
  }, 120_000);
});
