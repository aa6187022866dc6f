import https from 'node:https';
import {
  BatchRequestContent,
  BatchResponseContent,
  Client,
  GraphError,
  PageIterator,
} from '@microsoft/microsoft-graph-client';
import type { PageCollection } from '@microsoft/microsoft-graph-client';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startMicrosoftSimulator } from '../server';
import type { RunningMicrosoftSimulator } from '../server';
import { findMailbox } from '../state';
import { addMicrosoftAccount } from './accounts';
import { MailControl } from './mail-control';
import { mailboxTruth } from './truth';

const EVE = 'eve@outlook.example';

interface Entity {
  id: string;
  subject: string;
  isRead: boolean;
  parentFolderId: string;
  displayName: string;
}

let microsoft: RunningMicrosoftSimulator;
let control: MailControl;
let client: Client;

beforeAll(async () => {
  microsoft = await startMicrosoftSimulator({ tls: true, limits: { enforced: false } });
  addMicrosoftAccount(microsoft.state, { address: EVE, name: 'Eve', messages: 250, seed: 3, profile: 'tiny' });
  control = new MailControl(microsoft.state);
  vi.stubGlobal('fetch', trustingFetch);
  const { accessToken } = microsoft.control.issueTokens({ account: EVE });
  client = Client.init({
    baseUrl: microsoft.url,
    // The client sends its token over TLS only, and to hosts that it knows.
    customHosts: new Set([new URL(microsoft.url).hostname]),
    authProvider: (done) => done(null, accessToken),
  });
});

afterAll(async () => {
  vi.unstubAllGlobals();
  await microsoft.close();
});

/** `fetch` that trusts the certificate of the simulator and nothing else; the rest of the client is unchanged. */
function trustingFetch(input: string | URL | Request, init: RequestInit = {}): Promise<Response> {
  const url = input instanceof Request ? input.url : String(input);
  const headers = Object.fromEntries(new Headers(init.headers));
  return new Promise((resolve, reject) => {
    const options = { method: init.method ?? 'GET', headers, ca: microsoft.certificate };
    const request = https.request(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const status = response.statusCode ?? 0;
        const answered = Object.entries(response.headers).map(([k, v]): [string, string] => [k, String(v)]);
        resolve(new Response(status === 204 ? null : Buffer.concat(chunks), { status, headers: answered }));
      });
    });
    request.on('error', reject);
    request.end(init.body);
  });
}

const IMMUTABLE = 'IdType="ImmutableId"';

async function readAll(first: PageCollection): Promise<{ items: Entity[]; deltaLink: string | undefined }> {
  const items: Entity[] = [];
  const pages = new PageIterator(
    client,
    first,
    (item: Entity) => {
      items.push(item);
      return true;
    },
    { headers: { Prefer: IMMUTABLE } },
  );
  await pages.iterate();
  return { items, deltaLink: pages.getDeltaLink() };
}

test('lists the whole mailbox page by page', async () => {
  const request = client.api('/me/messages').header('Prefer', IMMUTABLE).select(['subject', 'isRead']).top(40);
  const { items } = await readAll((await request.get()) as PageCollection);
  const truth = mailboxTruth(findMailbox(microsoft.state, EVE));
  expect(items.map((i) => [i.id, i.subject, i.isRead]).sort()).toEqual(
    Object.entries(truth.messages)
      .map(([id, m]) => [id, m.subject, m.isRead])
      .sort(),
  );
});

test('reads, filters, counts, orders and searches', async () => {
  const page = (await client
    .api('/me/mailFolders/inbox/messages')
    .filter('receivedDateTime ge 2020-01-01T00:00:00Z and isRead eq false')
    .orderby('receivedDateTime desc')
    .expand("singleValueExtendedProperties($filter=id eq 'String 0x1042')")
    .count(true)
    .get()) as PageCollection;
  const unread = ((await client.api('/me/mailFolders/inbox').get()) as { unreadItemCount: number }).unreadItemCount;
  expect(page['@odata.count']).toBe(unread);
  const [id] = control.newMail({ account: EVE, subject: 'Perpendicular' });
  const found = (await client
    .api('/me/messages')
    .header('Prefer', IMMUTABLE)
    .search('"perpendicular"')
    .get()) as PageCollection;
  expect(found.value.map((m: Entity) => m.id)).toEqual([id]);
});

test('follows delta links over changes, moves and deletions', async () => {
  const first = client.api('/me/mailFolders/inbox/messages/delta').header('Prefer', IMMUTABLE).select('isRead');
  const { items, deltaLink } = await readAll((await first.get()) as PageCollection);
  expect(items.length).toBeGreaterThan(20);
  const [created] = control.newMail({ account: EVE });
  const [read] = control.newMail({ account: EVE });
  control.markRead({ account: EVE, ids: [read ?? ''] });
  const [moved] = control.archive({ account: EVE, ids: [items[0]?.id ?? ''] });
  const next = (await client
    .api(deltaLink ?? '')
    .header('Prefer', IMMUTABLE)
    .get()) as PageCollection;
  expect((await readAll(next)).items).toMatchObject([
    { id: created, isRead: false },
    { id: read, isRead: true },
    { id: moved, '@removed': { reason: 'deleted' } },
  ]);
});

test('changes, moves and deletes messages, and manages folders', async () => {
  const [id = ''] = control.newMail({ account: EVE, subject: 'To be filed' });
  const folder = (await client.api('/me/mailFolders').post({ displayName: 'Filed' })) as Entity;
  await client.api(`/me/messages/${id}`).patch({ isRead: true, categories: ['Red category'] });
  const moved = (await client
    .api(`/me/messages/${id}/move`)
    .header('Prefer', IMMUTABLE)
    .post({ destinationId: folder.id })) as Entity;
  expect([moved.id, moved.isRead, moved.parentFolderId]).toEqual([id, true, folder.id]);
  await client.api(`/me/messages/${id}`).delete();
  const after = (await client.api(`/me/messages/${id}`).get()) as Entity;
  const deletedItems = (await client.api('/me/mailFolders/deleteditems').get()) as Entity;
  expect(after.parentFolderId).toBe(deletedItems.id);
  await client.api(`/me/mailFolders/${folder.id}`).update({ displayName: 'Filed away' });
  expect(((await client.api(`/me/mailFolders/${folder.id}`).get()) as Entity).displayName).toBe('Filed away');
});

test('sends batches', async () => {
  const ids = control.newMail({ account: EVE, count: 20 });
  const requests = ids.map((id) => ({
    id,
    request: new Request(`https://graph.microsoft.com/me/messages/${id}?$select=subject`, {
      headers: { Prefer: IMMUTABLE },
    }),
  }));
  const content = await new BatchRequestContent(requests).getContent();
  const answer = (await client.api('/$batch').post(content)) as ConstructorParameters<typeof BatchResponseContent>[0];
  const responses = new BatchResponseContent(answer).getResponses();
  const seen = await Promise.all(
    [...responses].map(async ([id, r]) => [id, ((await r.json()) as Entity).id, r.status]),
  );
  expect(seen.sort()).toEqual(ids.map((id) => [id, id, 200]).sort());
});

test('gets attachments as bytes, and refusals as its own errors', async () => {
  const raw =
    'From: a@example.com\r\nSubject: File\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\nText\r\n' +
    '--b\r\nContent-Type: application/pdf; name="f.pdf"\r\n\r\n%PDF\r\n--b--';
  const [id] = control.newMail({ account: EVE, raw });
  const listed = (await client.api(`/me/messages/${id}/attachments`).select('id,name').get()) as PageCollection;
  const [attachment] = listed.value as Entity[];
  const value = client.api(`/me/messages/${id}/attachments/${attachment?.id}/$value`);
  expect(Buffer.from((await value.responseType('arraybuffer' as never).get()) as ArrayBuffer).toString()).toBe('%PDF');
  const refused = await client
    .api('/me/messages/nonsense')
    .get()
    .catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(GraphError);
  expect(refused).toMatchObject({ statusCode: 400, code: 'ErrorInvalidIdMalformed', message: 'Id is malformed.' });
});

test('waits out a 429 by Retry-After and tries again', async () => {
  microsoft.control.accident({ kind: 'status', status: 429, ms: 1000, method: 'mailFolders.get', account: EVE });
  const inbox = (await client.api('/me/mailFolders/inbox').get()) as Entity;
  expect(inbox.displayName).toBe('Inbox');
});
