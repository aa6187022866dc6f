import { gmail as createGmail } from '@googleapis/gmail';
import type { gmail_v1 } from '@googleapis/gmail';
import { CodeChallengeMethod, OAuth2Client } from 'google-auth-library';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SCOPE_MODIFY } from './scopes';
import { startGoogleSimulator } from './server';
import type { RunningGoogleSimulator } from './server';
import { DEFAULT_CLIENT } from './simulator';

const ANN = 'ann@gmail.example';
const REDIRECT = 'http://localhost:13000/admin/settings/mail/oauth2';

let google: RunningGoogleSimulator;
let auth: OAuth2Client;
let gmail: gmail_v1.Gmail;

beforeAll(async () => {
  google = await startGoogleSimulator({
    accounts: [{ address: ANN, name: 'Ann', messages: 300, seed: 3 }],
    quota: { enforced: false },
  });
  const oauth2 = {
    oauth2AuthBaseUrl: `${google.url}/o/oauth2/v2/auth`,
    oauth2TokenUrl: `${google.url}/token`,
    oauth2RevokeUrl: `${google.url}/revoke`,
  };
  auth = new OAuth2Client({ ...DEFAULT_CLIENT, redirectUri: REDIRECT, endpoints: oauth2 });
  // @googleapis/gmail carries its own copy of the auth library; only the types of the two copies differ.
  gmail = createGmail({ version: 'v1', auth: auth as never, rootUrl: google.url });
});

afterAll(() => google.close());

test('google-auth-library goes through consent with PKCE, and the code works once only', async () => {
  const { codeVerifier, codeChallenge } = await auth.generateCodeVerifierAsync();
  const url = auth.generateAuthUrl({
    access_type: 'offline',
    scope: [SCOPE_MODIFY],
    state: 'state-1',
    ...(codeChallenge === undefined ? {} : { code_challenge: codeChallenge }),
    code_challenge_method: CodeChallengeMethod.S256,
  });
  const chooser = await (await fetch(url)).text();
  expect(chooser).toContain(ANN);
  const consentUrl = `${url}&simulator_account=${encodeURIComponent(ANN)}`;
  const consent = await (await fetch(consentUrl)).text();
  expect(consent).toContain(SCOPE_MODIFY);
  const back = await fetch(consentUrl, {
    method: 'POST',
    body: new URLSearchParams({ decision: 'allow', scope: SCOPE_MODIFY }),
    redirect: 'manual',
  });
  const location = new URL(back.headers.get('location') ?? '');
  expect(location.searchParams.get('state')).toBe('state-1');
  const code = location.searchParams.get('code') ?? '';

  const { tokens } = await auth.getToken({ code, codeVerifier });
  expect(tokens.refresh_token).toMatch(/^1\/\//);
  expect(tokens.scope).toBe(SCOPE_MODIFY);
  await expect(auth.getToken({ code, codeVerifier })).rejects.toMatchObject({
    response: { status: 400, data: { error: 'invalid_grant', error_description: 'Bad Request' } },
  });
  auth.setCredentials(tokens);
});

test('google-auth-library refreshes, and Google keeps the refresh token', async () => {
  const before = auth.credentials.refresh_token;
  const { credentials } = await auth.refreshAccessToken();
  expect(credentials.access_token).toMatch(/^ya29\./);
  expect(credentials.refresh_token).toBe(before);
});

test('@googleapis/gmail lists, gets, changes, follows history and manages labels', async () => {
  const profile = (await gmail.users.getProfile({ userId: 'me' })).data;
  expect(profile.messagesTotal).toBe(300);
  const ids: string[] = [];
  let pageToken: string | undefined;
  do {
    const page = (await gmail.users.messages.list({ userId: 'me', maxResults: 100, includeSpamTrash: true, pageToken }))
      .data;
    ids.push(...(page.messages ?? []).map((m) => m.id ?? ''));
    pageToken = page.nextPageToken ?? undefined;
  } while (pageToken);
  const truth = google.control.truth({ account: ANN });
  expect([...ids].sort()).toEqual(Object.keys(truth.messages).sort());

  const id = ids.find((i) => truth.messages[i]?.labelIds.includes('INBOX')) ?? '';
  const full = (await gmail.users.messages.get({ userId: 'me', id, format: 'full' })).data;
  expect(full.labelIds).toEqual(truth.messages[id]?.labelIds);
  expect(full.payload?.headers?.find((h) => h.name === 'Subject')?.value).toBe(truth.messages[id]?.subject);

  const label = (await gmail.users.labels.create({ userId: 'me', requestBody: { name: 'Kunden/Überprüfung' } })).data;
  const changed = await gmail.users.messages.modify({
    userId: 'me',
    id,
    requestBody: { addLabelIds: [label.id ?? ''], removeLabelIds: ['INBOX'] },
  });
  expect(changed.data.labelIds).toContain(label.id);
  const history = (
    await gmail.users.history.list({
      userId: 'me',
      startHistoryId: profile.historyId ?? '',
      historyTypes: ['labelAdded', 'labelRemoved'],
    })
  ).data;
  expect(history.history?.map((h) => Object.keys(h).filter((k) => k.startsWith('labels'))[0])).toEqual([
    'labelsAdded',
    'labelsRemoved',
  ]);
  expect(history.history?.[0]?.labelsAdded?.[0]?.labelIds).toEqual([label.id]);

  const thread = (await gmail.users.threads.get({ userId: 'me', id: full.threadId ?? '', format: 'minimal' })).data;
  expect(thread.messages?.map((m) => m.id)).toContain(id);
  await gmail.users.messages.batchModify({
    userId: 'me',
    requestBody: { ids: ids.slice(0, 50), addLabelIds: ['STARRED'] },
  });
  await gmail.users.labels.patch({ userId: 'me', id: label.id ?? '', requestBody: { name: 'Kunden/Geprüft' } });
  await gmail.users.labels.delete({ userId: 'me', id: label.id ?? '' });
  const after = (await gmail.users.labels.list({ userId: 'me' })).data.labels ?? [];
  expect(after.some((l) => l.id === label.id)).toBe(false);
  const sendAs = (await gmail.users.settings.sendAs.list({ userId: 'me' })).data;
  expect(sendAs.sendAs?.[0]?.sendAsEmail).toBe(ANN);
});

test('@googleapis/gmail reads drafts, attachments and the raw form', async () => {
  const drafts = (await gmail.users.drafts.list({ userId: 'me' })).data.drafts ?? [];
  google.control.saveDraft({ account: ANN, subject: 'Entwurf' });
  const more = (await gmail.users.drafts.list({ userId: 'me' })).data.drafts ?? [];
  expect(more).toHaveLength(drafts.length + 1);
  const draft = (await gmail.users.drafts.get({ userId: 'me', id: more[0]?.id ?? '', format: 'metadata' })).data;
  expect(draft.message?.payload?.headers?.find((h) => h.name === 'Subject')?.value).toBe('Entwurf');

  const found = (await gmail.users.messages.list({ userId: 'me', q: 'has:attachment', maxResults: 1 })).data
    .messages?.[0];
  const message = (await gmail.users.messages.get({ userId: 'me', id: found?.id ?? '' })).data;
  const part = findAttachment(message.payload);
  const attachment = await gmail.users.messages.attachments.get({
    userId: 'me',
    messageId: found?.id ?? '',
    id: part?.body?.attachmentId ?? '',
  });
  expect(Buffer.from(attachment.data.data ?? '', 'base64url')).toHaveLength(part?.body?.size ?? -1);
  const raw = (await gmail.users.messages.get({ userId: 'me', id: found?.id ?? '', format: 'raw' })).data;
  expect(Buffer.from(raw.raw ?? '', 'base64url').toString('latin1')).toMatch(/^(Delivered-To|MIME-Version): /);
});

function findAttachment(part: gmail_v1.Schema$MessagePart | undefined): gmail_v1.Schema$MessagePart | undefined {
  if (part?.body?.attachmentId) return part;
  for (const child of part?.parts ?? []) {
    const found = findAttachment(child);
    if (found) return found;
  }
  return undefined;
}

test('google-auth-library revokes, and the refresh token is dead with Google’s own words', async () => {
  await auth.revokeToken(auth.credentials.refresh_token ?? '');
  await expect(auth.refreshAccessToken()).rejects.toMatchObject({
    response: { data: { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' } },
  });
});
