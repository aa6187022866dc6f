import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../clock';
import { Mailbox } from '../google/mailbox';
import { createGoogleFetch, createGoogleSimulator } from '../google/simulator';
import { mailboxTruth } from '../google/truth';
import { ANN, START, createTestGoogle } from '../google/test-client';
import { walkParts } from '../mime/model';
import { parseMessage } from '../mime/parse';
import { corpusFiles } from './corpus';
import { generateMailbox } from './generate-mailbox';
import { SPECIMENS } from './specimens';

function generated(messages: number, seed = 1, profile: 'tiny' | 'demo' | 'bench' = 'tiny'): Mailbox {
  const mailbox = new Mailbox({ address: ANN, clock: new VirtualClock(START), seed });
  generateMailbox(mailbox, { messages, seed, profile, now: START });
  return mailbox;
}

describe('generated mailboxes', () => {
  test('the same seed gives the same mailbox to the byte, another one does not', () => {
    const bytes = (m: Mailbox) =>
      [...m.messages.newestFirst()].map((x) => m.content(x).raw().toString('base64')).join();
    expect(mailboxTruth(generated(300, 7))).toEqual(mailboxTruth(generated(300, 7)));
    expect(bytes(generated(50, 7))).toBe(bytes(generated(50, 7)));
    expect(bytes(generated(50, 7))).not.toBe(bytes(generated(50, 8)));
  });

  test.each([1, 2, 3, 10, 1000, 3001])('%d messages are exactly that many', (count) => {
    expect(generated(count).messages.size).toBe(count);
  });

  test('60 % of the threads have one message and the average is three', () => {
    const mailbox = generated(30_000);
    const sizes = new Map<string, number>();
    for (const m of mailbox.messages.newestFirst()) sizes.set(m.threadId, (sizes.get(m.threadId) ?? 0) + 1);
    const singles = [...sizes.values()].filter((n) => n === 1).length;
    expect(singles / sizes.size).toBeCloseTo(0.6, 2);
    expect(30_000 / sizes.size).toBeCloseTo(3, 2);
    // Units of the cheapest mix in the 2026 table: singles by get (20), the others by thread (40).
    const units = singles * 20 + (sizes.size - singles) * 40;
    expect(30_000 / (units / 1000)).toBeGreaterThanOrEqual(100);
  });

  test('the bench profile has a median near 25 kB, 80 % HTML and 15 % attachments', () => {
    const mailbox = generated(1500, 1, 'bench');
    const sizes: number[] = [];
    let html = 0;
    let attached = 0;
    for (const m of mailbox.messages.newestFirst()) {
      const parts = [...walkParts(mailbox.content(m).root)];
      sizes.push(
        parts.filter((p) => p.text && !p.isAttachment).reduce((sum, p) => sum + Buffer.byteLength(p.text?.() ?? ''), 0),
      );
      if (parts.some((p) => p.mimeType === 'text/html')) html++;
      if (parts.some((p) => p.headers.some((h) => h.value.startsWith('attachment')))) attached++;
    }
    sizes.sort((a, b) => a - b);
    expect(sizes[750]).toBeGreaterThan(23_000);
    expect(sizes[750]).toBeLessThan(29_000);
    expect(html / 1500).toBeCloseTo(0.8, 1);
    expect(attached / 1500).toBeCloseTo(0.15, 1);
  });

  test('every kind of mail is there: drafts with ids, spam, trash, sent, stars, user labels, several languages', () => {
    const mailbox = generated(3000);
    for (const label of ['INBOX', 'UNREAD', 'STARRED', 'SENT', 'DRAFT', 'SPAM', 'TRASH', 'IMPORTANT']) {
      expect(mailbox.withLabel(label).size, label).toBeGreaterThan(0);
    }
    expect([...mailbox.drafts()]).toHaveLength(mailbox.withLabel('DRAFT').size);
    const subjects = Object.values(mailboxTruth(mailbox).messages).map((m) => m.subject).join(' '); // prettier-ignore
    for (const script of [/\p{sc=Cyrillic}/u, /\p{sc=Han}/u, /\p{sc=Arabic}/u, /\p{Extended_Pictographic}/u, /ß|ä|ü/]) {
      expect(subjects).toMatch(script);
    }
  });

  test('the raw form parses back to the same subject, text and attachments', () => {
    const mailbox = generated(400, 3, 'demo');
    for (const stored of mailbox.messages.newestFirst()) {
      const made = mailbox.content(stored);
      const parsed = parseMessage(made.raw());
      expect(parsed.root.headers.find((h) => h.name === 'Subject')).toEqual(
        made.root.headers.find((h) => h.name === 'Subject'),
      );
      const texts = (root: typeof made.root) =>
        [...walkParts(root)].filter((p) => p.text && !p.isAttachment).map((p) => p.text?.());
      expect(texts(parsed.root)).toEqual(texts(made.root));
      const files = (root: typeof made.root) =>
        [...walkParts(root)].filter((p) => p.isAttachment).map((p) => [p.filename, p.size]);
      expect(files(parsed.root)).toEqual(files(made.root));
    }
  });

  test('a million messages are listed without a walk through them', async () => {
    const google = createGoogleSimulator({
      clock: new VirtualClock(START),
      quota: { enforced: false },
      accounts: [{ address: ANN, messages: 1_000_000, profile: 'bench' }],
    });
    const fetch = createGoogleFetch(google);
    const headers = { authorization: `Bearer ${google.control.issueTokens({ account: ANN }).accessToken}` };
    const list = async (query: string) => {
      const response = await fetch(`https://g.example/gmail/v1/users/me/messages?maxResults=500&${query}`, { headers });
      return (await response.json()) as { messages: unknown[]; nextPageToken: string };
    };
    let token = (await list('')).nextPageToken;
    const before = performance.now();
    for (let i = 0; i < 40; i++) {
      const page = await list(`pageToken=${token}`);
      expect(page.messages).toHaveLength(500);
      token = page.nextPageToken;
    }
    await list('labelIds=UNREAD&labelIds=INBOX');
    await list(`q=${encodeURIComponent('newer_than:30d in:inbox')}`);
    // A walk through a million entries for every page would take several seconds; this bound is far from both.
    expect(performance.now() - before).toBeLessThan(2000);
  }, 120_000);
});

describe('real mail', () => {
  test('the corpus is there, in order, and becomes a mailbox with threads and unread mail', () => {
    expect(corpusFiles().length).toBeGreaterThan(6000);
    const t = createTestGoogle({ accounts: [{ address: ANN, corpus: 400 }] });
    const messages = Object.values(t.google.control.truth({ account: ANN }).messages);
    expect(messages).toHaveLength(400);
    expect(messages.filter((m) => m.labelIds.includes('SPAM'))).toHaveLength(24);
    expect(new Set(messages.map((m) => m.threadId)).size).toBeLessThan(messages.length);
    expect(messages.filter((m) => m.subject !== '').length).toBeGreaterThan(380);
    expect(messages.some((m) => m.labelIds.includes('UNREAD'))).toBe(true);
  });
});

describe('specimens', () => {
  const small = Object.keys(SPECIMENS).filter((name) => !name.endsWith('40mb'));

  test.each(small)('%s can be delivered, listed and asked for', async (name) => {
    const t = createTestGoogle({ messages: 0 });
    const { id, threadId } = t.google.control.deliverSpecimen({ account: ANN, name });
    expect((await t.call('GET', 'messages')).json.messages[0].id).toBe(id);
    const response = await t.fetch(`https://g.example/gmail/v1/users/me/messages/${id}?format=full`, {
      headers: { authorization: `Bearer ${t.token}` },
    });
    expect(response.status).toBe(200);
    const text = await response.text();
    if (SPECIMENS[name]?.wire?.kind === 'malformed') {
      const untouched = (await t.call('GET', `messages/${id}?format=minimal`).catch(() => undefined))?.json?.payload;
      expect(untouched).not.toEqual(expect.objectContaining({ mimeType: 'text/plain' }));
    } else {
      expect(JSON.parse(text).id).toBe(id);
    }
    expect(threadId).toBe(id);
  });

  test('a tree nested 200 deep stays 200 deep', async () => {
    const t = createTestGoogle({ messages: 0 });
    const { id } = t.google.control.deliverSpecimen({ account: ANN, name: 'nested-200' });
    let part = (await t.call('GET', `messages/${id}`)).json.payload;
    let depth = 0;
    for (; part.parts; part = part.parts[0]) depth++;
    expect(depth).toBe(200);
    expect(Buffer.from(part.body.data, 'base64url').toString()).toBe('In the middle.');
  });

  test('40 MB of text come in place, 40 MB of file as an id', async () => {
    const t = createTestGoogle({ messages: 0 });
    const text = t.google.control.deliverSpecimen({ account: ANN, name: 'body-40mb' });
    expect((await t.call('GET', `messages/${text.id}`)).json.payload.body.size).toBeGreaterThan(40_000_000);
    const file = t.google.control.deliverSpecimen({ account: ANN, name: 'attachment-40mb' });
    const { json } = await t.call('GET', `messages/${file.id}`);
    expect(json.payload.parts[1].body).toEqual({ size: 40 * 1024 * 1024, attachmentId: expect.any(String) });
  });
});
