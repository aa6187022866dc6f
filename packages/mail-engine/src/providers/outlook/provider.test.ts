import { describe, expect, it } from 'vitest';
import { MailError } from '../../errors';
import type { MessageState } from '../../model/message';
import type { FetchOutcome } from '../provider';
import { createOutlookProvider } from './provider';
import { ADDRESS, listAll, simulatedMailbox } from './testing/simulated-mailbox';

const account = ADDRESS;

function idsOf(outcomes: readonly FetchOutcome[], kind: FetchOutcome['kind']): string[] {
  return outcomes.filter((outcome) => outcome.kind === kind).map((outcome) => outcome.remoteId);
}

async function errorOf(run: Promise<unknown>): Promise<MailError> {
  const thrown: unknown = await run.then(
    () => null,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(MailError);
  return thrown as MailError;
}

const wanted = (ids: readonly string[]) => ids.map((remoteId) => ({ remoteId, threadRemoteId: '' }));

describe('a whole mailbox', () => {
  it('is listed with its states and fetched message by message as the simulator holds it', async () => {
    const { provider, mail } = simulatedMailbox({ messages: 520 });
    mail.categorise({ account, count: 3, add: ['Not in the master list'] });
    mail.flag({ account, count: 5 });
    mail.classify({ account, count: 9, as: 'other' });
    mail.saveDraft({ account });
    const { messages } = mail.truth({ account });
    const entries = await listAll(provider);
    const received = entries.map(({ remoteId }) => messages[remoteId]?.receivedDateTime ?? '');
    expect(received).toEqual([...received].sort().reverse());
    expect(entries.map((entry) => entry.remoteId).sort()).toEqual(Object.keys(messages).sort());
    const outcomes = await provider.fetch(entries);
    expect(idsOf(outcomes, 'message').sort()).toEqual(Object.keys(messages).sort());
    const states = new Map(entries.map(({ remoteId, state }) => [remoteId, state]));
    for (const outcome of outcomes) {
      if (outcome.kind !== 'message') throw new Error('a message is missing');
      const { envelope, body } = outcome.message;
      const truth = messages[outcome.remoteId];
      expect(envelope).toMatchObject({
        threadRemoteId: truth?.conversationId,
        receivedAt: Date.parse(truth?.receivedDateTime ?? ''),
        isRead: truth?.isRead,
        isStarred: truth?.flagged,
        isDraft: truth?.isDraft,
        places: [
          truth?.parentFolderId,
          ...(truth?.categories ?? []).map((name) => `category:${name}`),
          `tab:${truth?.inferenceClassification}`,
        ].sort(),
      });
      const { remoteId, threadRemoteId, isRead, isStarred, isDraft, places } = envelope;
      expect(states.get(outcome.remoteId)).toEqual({ remoteId, threadRemoteId, isRead, isStarred, isDraft, places });
      if (truth?.internetMessageId) expect(envelope.internetMessageId).toBe(truth.internetMessageId);
      expect((body.html ?? '') + (body.text ?? '')).not.toBe('');
    }
  }, 30_000);

  it('does not show what lies in hidden folders, search folders and Recoverable Items', async () => {
    const { provider, mail } = simulatedMailbox();
    const hidden = mail.createFolder({ account, name: 'Secret', hidden: true });
    mail.createSearchFolder({ account, name: 'Unread', shows: 'unread' });
    const [seen] = mail.newMail({ account }) as [string];
    const [unseen] = mail.newMail({ account, folder: hidden.id }) as [string];
    const places = await provider.places();
    expect(places.folders.map(({ name }) => name)).not.toEqual(expect.arrayContaining(['Secret']));
    expect(places.folders.map(({ name }) => name)).not.toEqual(expect.arrayContaining(['Unread']));
    expect((await listAll(provider)).map(({ remoteId }) => remoteId)).toEqual([seen]);
    expect(await provider.check([seen, unseen])).toEqual([
      { kind: 'gone', remoteId: unseen },
      expect.objectContaining({ kind: 'state' }),
    ]);
    mail.deleteForever({ account, ids: [seen] });
    expect(await provider.fetch(wanted([seen]))).toEqual([{ kind: 'gone', remoteId: seen }]);
  });

  it('is told by folders with their roles and parents, and by tabs and categories', async () => {
    const { provider, mail } = simulatedMailbox();
    const parent = mail.createFolder({ account, name: 'Projects' });
    const child = mail.createFolder({ account, name: 'Alpha', parent: 'Projects' });
    mail.createCategory({ account, name: 'Work', color: 'preset9' });
    const { folders, labels } = await provider.places();
    expect(folders.slice(0, 6).map(({ role }) => role)).toEqual([
      'inbox',
      'drafts',
      'sent',
      'archive',
      'spam',
      'trash',
    ]);
    expect(folders.find(({ remoteId }) => remoteId === parent.id)).toMatchObject({
      role: 'other',
      parentRemoteId: null,
    });
    expect(folders.find(({ remoteId }) => remoteId === child.id)).toMatchObject({ parentRemoteId: parent.id });
    expect(labels.filter(({ kind }) => kind !== 'user')).toMatchObject([
      { remoteId: 'tab:focused', kind: 'primary' },
      { remoteId: 'tab:other', kind: 'category' },
    ]);
    expect(labels).toContainEqual(
      expect.objectContaining({
        remoteId: 'category:Work',
        kind: 'user',
        backgroundColor: expect.stringMatching(/^#/) as string,
      }),
    );
  });

  it('without an archive, or of an account without a mailbox, is what it is', async () => {
    const plain = simulatedMailbox({ lacks: ['archive'] });
    expect((await plain.provider.places()).folders.some(({ role }) => role === 'archive')).toBe(false);
    expect(await plain.provider.profile()).toMatchObject({ address: account });
    const none = simulatedMailbox({ withoutMailbox: true });
    expect((await errorOf(none.provider.profile())).kind).toBe('noMailbox');
  });

  it('without the folders that a person left out, with everything below them', async () => {
    const { mail, options } = simulatedMailbox();
    const provider = createOutlookProvider({ ...options, skipFolders: ['trash'] });
    const folder = mail.createFolder({ account, name: 'Old' });
    mail.newMail({ account, folder: 'Old' });
    const [kept] = mail.newMail({ account }) as [string];
    mail.newMail({ account, folder: 'deleteditems' });
    mail.deleteFolder({ account, folder: 'Old' });
    const { folders } = await provider.places();
    expect(folders.some(({ role, remoteId }) => role === 'trash' || remoteId === folder.id)).toBe(false);
    expect((await listAll(provider)).map(({ remoteId }) => remoteId)).toEqual([kept]);
  });

  it('busies at least 95 % of the four slots while work remains, and no answer is a refusal', async () => {
    const { provider, control } = simulatedMailbox({ messages: 1_600, latencyMs: 80 });
    const entries = await listAll(provider);
    control.resetCounters();
    const size = provider.capabilities.fetchBatch;
    const slices = Array.from({ length: Math.ceil(entries.length / size) }, (_, i) =>
      entries.slice(i * size, i * size + size),
    );
    let next = 0;
    const worker = async (): Promise<void> => {
      for (let slice = slices[next++]; slice; slice = slices[next++]) await provider.fetch(slice);
    };
    await Promise.all(Array.from({ length: provider.capabilities.fetchConcurrency }, worker));
    const counters = control.counters();
    expect(counters.limits[account]?.busyShare).toBeGreaterThanOrEqual(0.95);
    expect(counters.limits[account]?.highestRunning).toBe(4);
    expect(counters.refusedShare).toBe(0);
  }, 30_000);
});

describe('one message', () => {
  it('that always fails does not stop the others', async () => {
    const { provider, mail, control } = simulatedMailbox({ messages: 30 });
    const entries = await listAll(provider);
    const [poisoned, garbled] = entries.map(({ remoteId }) => remoteId) as [string, string];
    control.poison({ messageId: poisoned });
    control.poison({ messageId: garbled, how: 'malformed' });
    const outcomes = await provider.fetch(entries);
    expect(idsOf(outcomes, 'failed').sort()).toEqual([poisoned, garbled].sort());
    expect(idsOf(outcomes, 'message')).toHaveLength(Object.keys(mail.truth({ account }).messages).length - 2);
    for (const outcome of outcomes) if (outcome.kind === 'failed') expect(outcome.error.kind).toBe('malformed');
  });

  it('with missing fields fails alone', async () => {
    const { provider, control } = simulatedMailbox({ messages: 8 });
    const entries = await listAll(provider);
    const messageId = entries[2]?.remoteId ?? '';
    control.accident({
      kind: 'missingFields',
      method: 'messages.get',
      messageId,
      fields: ['parentFolderId'],
      times: null,
    });
    expect(idsOf(await provider.fetch(entries), 'failed')).toEqual([messageId]);
  });

  it('that moves while it is fetched is here once, in its new folder', async () => {
    const { provider, mail } = simulatedMailbox({ messages: 5 });
    const [entry] = await listAll(provider);
    const remoteId = entry?.remoteId ?? '';
    const { id } = mail.createFolder({ account, name: 'Made meanwhile' });
    mail.move({ account, ids: [remoteId], to: 'Made meanwhile' });
    const [outcome] = await provider.fetch(wanted([remoteId]));
    expect(outcome?.kind === 'message' && outcome.message.envelope.places).toContain(id);
  });

  it('that is listed but no longer there is gone, not failed', async () => {
    const { provider, control } = simulatedMailbox({ messages: 5 });
    const entries = await listAll(provider);
    const messageId = entries[0]?.remoteId ?? '';
    control.accident({ kind: 'ghost', messageId, times: null });
    expect(idsOf(await provider.fetch(entries), 'gone')).toEqual([messageId]);
    expect(await provider.check([messageId])).toEqual([{ kind: 'gone', remoteId: messageId }]);
  });
});

describe('trouble of the whole account', () => {
  it.each([
    [403, 'ErrorAccessDenied', 'scopeMissing'],
    [404, 'MailboxNotEnabledForRESTAPI', 'noMailbox'],
    [503, 'ErrorServerBusy', 'unavailable'],
  ])('%i %s is thrown by its kind', async (status, code, kind) => {
    const { provider, control } = simulatedMailbox({ messages: 3 });
    control.accident({ kind: 'status', status, code, times: null });
    expect((await errorOf(provider.list({ since: null, pageToken: null }))).kind).toBe(kind);
    expect((await errorOf(provider.fetch(wanted(['a', 'b'])))).kind).toBe(kind);
    expect((await errorOf(provider.profile())).kind).toBe(kind);
  });

  it('a throttled mailbox is left alone until the time that Outlook names', async () => {
    const { provider, control, requests, clock, pacer } = simulatedMailbox({ messages: 3 });
    control.throttle({ account, seconds: 90 });
    const error = await errorOf(provider.list({ since: null, pageToken: null }));
    expect(error.kind).toBe('throttled');
    const sent = requests.length;
    await errorOf(provider.list({ since: null, pageToken: null }));
    expect(requests.length).toBe(sent);
    clock.advance((pacer.notBefore ?? 0) - clock.now());
    expect((await provider.list({ since: null, pageToken: null })).entries).toHaveLength(3);
  });

  it('an access token that ended in the middle of a run is replaced, and a challenge is passed on', async () => {
    const { provider, control, replaced } = simulatedMailbox({ messages: 45 });
    const entries = await listAll(provider);
    control.expireAccessTokens({ account });
    expect(idsOf(await provider.fetch(entries), 'message')).toHaveLength(45);
    expect(replaced).toEqual([null]);
    const { claims } = control.challengeClaims({ account });
    expect(idsOf(await provider.fetch(entries.slice(0, 3)), 'message')).toHaveLength(3);
    expect(replaced.map((text) => JSON.parse(text ?? 'null') as unknown)).toEqual([null, JSON.parse(claims)]);
  });
});

describe('organising', () => {
  async function organised(count = 3) {
    const world = simulatedMailbox({ messages: 20 });
    const ids = (await listAll(world.provider)).slice(0, count).map(({ remoteId }) => remoteId);
    const { folders } = await world.provider.places();
    const roles = Object.fromEntries(folders.filter(({ role }) => role !== 'other').map((f) => [f.role, f.remoteId]));
    const apply = async (
      some: readonly string[],
      op: Parameters<typeof world.provider.effectOf>[0],
      place: string | null = null,
    ) => {
      for (const remoteId of some) {
        const [outcome] = await world.provider.check([remoteId]);
        const state = outcome?.kind === 'state' ? outcome.state : undefined;
        if (!state) throw new Error('the message is missing');
        await world.provider.organise([remoteId], op, world.provider.effectOf(op, place, state, roles));
      }
    };
    const truth = (id: string) => world.mail.truth({ account }).messages[id];
    return { ...world, ids, roles, apply, truth };
  }

  it('reaches Outlook, for each operation, and once more when it is repeated', async () => {
    const { apply, ids, truth, roles, mail } = await organised(2);
    const project = mail.createFolder({ account, name: 'Project' });
    for (let again = 0; again < 2; again += 1) {
      await apply(ids, 'markRead');
      await apply(ids, 'star');
      await apply(ids, 'addLabel', 'category:Важливе');
      await apply(ids, 'addLabel', 'tab:other');
      await apply(ids, 'move', project.id);
      for (const id of ids) {
        expect(truth(id)).toMatchObject({
          isRead: true,
          flagged: true,
          parentFolderId: project.id,
          inferenceClassification: 'other',
        });
        expect(truth(id)?.categories.filter((name) => name === 'Важливе')).toHaveLength(1);
      }
    }
    await apply(ids, 'removeLabel', 'category:важливе');
    await apply(ids, 'unstar');
    await apply(ids, 'markUnread');
    for (const id of ids) {
      expect(truth(id)).toMatchObject({ isRead: false, flagged: false });
      expect(truth(id)?.categories).not.toContain('Важливе');
    }
    for (const [op, role] of [
      ['archive', 'archive'],
      ['trash', 'trash'],
      ['untrash', 'inbox'],
    ] as const) {
      // prettier-ignore
      await apply(ids, op);
      for (const id of ids) expect(truth(id)?.parentFolderId).toBe(roles[role]);
    }
  });

  it('of many at once goes out in batches and leaves the categories that each of them has', async () => {
    const { provider, ids, truth, mail, requests } = await organised(18);
    mail.categorise({ account, ids: ids.slice(0, 4), add: ['Mine'] });
    const sent = requests.length;
    await provider.organise(ids, 'addLabel', { add: ['category:Both'] });
    expect(requests.length - sent).toBe(2);
    for (const [index, id] of ids.entries()) {
      expect(truth(id)?.categories).toEqual(expect.arrayContaining(index < 4 ? ['Mine', 'Both'] : ['Both']));
    }
  });

  it('does not undo what somebody else wrote between reading and writing', async () => {
    const { options, ids, truth, mail } = await organised(1);
    const [id] = ids as [string];
    let interfered = 0;
    const provider = createOutlookProvider({
      ...options,
      http: async (url, init) => {
        const answer = await options.http(url, init);
        if (init.method === 'GET' && interfered++ < 2)
          mail.categorise({ account, ids: [id], add: [`Theirs ${interfered}`] });
        return answer;
      },
    });
    await provider.organise([id], 'addLabel', { add: ['category:Ours'] });
    expect(truth(id)?.categories).toEqual(expect.arrayContaining(['Theirs 1', 'Theirs 2', 'Ours']));
  });

  it('says that a single message is gone, and leaves the others alone when one of many is', async () => {
    const { provider, mail, ids, truth } = await organised(3);
    const [gone, ...others] = ids as [string, ...string[]];
    mail.deleteForever({ account, ids: [gone] });
    expect((await errorOf(provider.organise([gone], 'trash', { add: ['deleteditems'] }))).kind).toBe('notFound');
    await provider.organise(ids, 'markRead', { isRead: true });
    await provider.organise(ids, 'addLabel', { add: ['category:Red'] });
    for (const id of others)
      expect(truth(id)).toMatchObject({ isRead: true, categories: expect.arrayContaining(['Red']) as string[] });
  });

  it('refuses what Outlook cannot do with a sentence, and deletes also without a folder for it', () => {
    const { provider } = simulatedMailbox();
    const state: MessageState = {
      remoteId: 'x',
      threadRemoteId: 't',
      places: ['F1', 'category:A', 'tab:focused'],
      isRead: true,
      isStarred: false,
      isDraft: false,
    };
    expect(() => provider.effectOf('archive', null, state, {})).toThrow(/no archive folder/);
    expect(() => provider.effectOf('move', 'category:A', state, {})).toThrow(/to folders only/);
    expect(() => provider.effectOf('addLabel', 'F1', state, {})).toThrow(MailError);
    expect(() => provider.effectOf('removeLabel', 'tab:focused', state, {})).toThrow(MailError);
    expect(provider.effectOf('trash', null, state, {})).toEqual({ add: ['deleteditems'], remove: ['F1'] });
    expect(provider.effectOf('archive', null, state, { archive: 'F1' })).toEqual({ add: ['F1'], remove: [] });
    expect(provider.effectOf('addLabel', 'tab:other', state, {})).toEqual({
      add: ['tab:other'],
      remove: ['tab:focused'],
    });
  });
});

describe('attachments', () => {
  const boundary = 'b1';
  const part = (headers: string[], body: string) => `--${boundary}\r\n${headers.join('\r\n')}\r\n\r\n${body}\r\n`;
  const mixed = (subject: string, parts: string[], kind = 'mixed') =>
    [
      'From: sender@arrivals.example',
      `Subject: ${subject}`,
      'MIME-Version: 1.0',
      `Content-Type: multipart/${kind}; boundary=${boundary}`,
      '',
      `${parts.join('')}--${boundary}--`,
      '',
    ].join('\r\n');
  const bytes = (text: string) => Buffer.from(text).toString('base64');

  async function fetchOne(raw: string, references?: { name: string; url: string }[]) {
    const { provider, mail } = simulatedMailbox();
    const [id] = mail.newMail({ account, raw, ...(references ? { references } : {}) }) as [string];
    const [outcome] = await provider.fetch(wanted([id]));
    if (outcome?.kind !== 'message') throw new Error('the message is missing');
    const open = async (index: number) =>
      new Response(await provider.attachment(id, outcome.message.attachments[index]?.partId ?? '')).text();
    return { provider, mail, id, message: outcome.message, open };
  }

  it('are listed without their content and opened by id', async () => {
    const { message, open, provider, id, mail } = await fetchOne(
      mixed('Files', [
        part(['Content-Type: text/plain'], 'See below.'),
        part(
          [
            'Content-Type: application/pdf',
            'Content-Disposition: attachment; filename="a/b.pdf"',
            'Content-Transfer-Encoding: base64',
          ],
          bytes('%PDF'),
        ),
      ]),
    );
    expect(message.envelope.hasAttachments).toBe(true);
    expect(message.attachments).toMatchObject([{ fileName: 'a_b.pdf', mimeType: 'application/pdf', isInline: false }]);
    expect(await open(0)).toBe('%PDF');
    expect((await errorOf(provider.attachment(id, 'nonsense'))).kind).toMatch(/notFound|refused/);
    mail.deleteForever({ account, ids: [id] });
  });

  it('that only the text shows are found, although Outlook says that there are none', async () => {
    const { message, open } = await fetchOne(
      mixed(
        'Picture',
        [
          part(['Content-Type: text/html'], '<img src="cid:pic@x">'),
          part(
            [
              'Content-Type: image/png',
              'Content-ID: <pic@x>',
              'Content-Disposition: inline; filename=pic.png',
              'Content-Transfer-Encoding: base64',
            ],
            bytes('png!'),
          ),
        ],
        'related',
      ),
    );
    expect(message.envelope.hasAttachments).toBe(false);
    expect(message.attachments).toMatchObject([{ contentId: 'pic@x', isInline: true }]);
    expect(await open(0)).toBe('png!');
  });

  it('that are mails come as mails, with whatever hangs on them in turn', async () => {
    const inner = mixed('Inner', [
      part(['Content-Type: text/plain'], 'inner text'),
      part(['Content-Type: message/rfc822'], 'Subject: Innermost\r\n\r\ninnermost text'),
    ]).replaceAll(boundary, 'b2');
    const { message, open } = await fetchOne(
      mixed('Outer', [part(['Content-Type: text/plain'], 'outer text'), part(['Content-Type: message/rfc822'], inner)]),
    );
    expect(message.attachments).toMatchObject([{ fileName: 'Inner.eml', mimeType: 'message/rfc822', isInline: false }]);
    const text = await open(0);
    expect(text).toContain('inner text');
    expect(text).toContain('innermost text');
  });

  it('that are links to files elsewhere are listed, and refused with a sentence', async () => {
    const { message, provider, id } = await fetchOne('Subject: Link\r\n\r\nSee the file.', [
      { name: 'Plan.docx', url: 'https://contoso.sharepoint.example/plan' },
    ]);
    expect(message.attachments).toMatchObject([{ fileName: 'Plan.docx' }]);
    const error = await errorOf(provider.attachment(id, message.attachments[0]?.partId ?? ''));
    expect(error).toMatchObject({ kind: 'refused' });
    expect(error.message).toContain('OneDrive or SharePoint');
  });
});

describe('estimates', () => {
  it('are what Outlook counts since each time', async () => {
    const { provider, clock, mail } = simulatedMailbox();
    const day = 24 * 60 * 60_000;
    for (const age of [1, 2, 40, 100]) mail.newMail({ account, date: clock.now() - age * day });
    expect(await provider.estimate([null, clock.now() - 90 * day, clock.now() - 3 * day, clock.now()])).toEqual([
      4, 3, 2, 0,
    ]);
  });
});
