import type { GmailCall, GmailResult } from './call';
import { draftsGet, draftsList } from './gmail-drafts';
import { historyList } from './gmail-history';
import { labelsCreate, labelsDelete, labelsGet, labelsList, labelsPut, labelsUpdate } from './gmail-labels';
import {
  attachmentsGet,
  getProfile,
  messagesBatchModify,
  messagesGet,
  messagesList,
  messagesModify,
  messagesTrash,
  messagesUntrash,
} from './gmail-messages';
import { draftsCreate, draftsDelete, draftsSend, draftsUpdate, messagesSend } from './gmail-send';
import { sendAsGet, sendAsList } from './gmail-settings';
import { threadsGet, threadsList, threadsModify, threadsTrash, threadsUntrash } from './gmail-threads';
import { SCOPES_FOR } from './scopes';

export interface GmailMethod {
  name: string;
  verb: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `/gmail/v1/users/{userId}/`; segments in braces are variable. */
  path: string;
  scopes: readonly string[];
  query: readonly string[];
  /** Fields the JSON body may have; null: the method takes none. */
  body: readonly string[] | null;
  run: (call: GmailCall) => GmailResult;
}

const LISTING = ['maxResults', 'pageToken', 'q', 'includeSpamTrash'];
const LABEL_CHANGE = ['addLabelIds', 'removeLabelIds'];
const MESSAGE_FIELDS = [
  'id',
  'raw',
  'threadId',
  'labelIds',
  'snippet',
  'historyId',
  'internalDate',
  'payload',
  'sizeEstimate',
];
const DRAFT_FIELDS = ['id', 'message'];
const LABEL_FIELDS = ['id', 'name', 'labelListVisibility', 'messageListVisibility', 'color', 'type'];

function method(
  name: string,
  route: string,
  scopes: readonly string[],
  run: GmailMethod['run'],
  query: readonly string[] = [],
  body: readonly string[] | null = null,
): GmailMethod {
  const [verb = '', path = ''] = route.split(' ');
  return { name, verb: verb as GmailMethod['verb'], path, scopes, query, body, run };
}

export const GMAIL_METHODS: readonly GmailMethod[] = [
  method('getProfile', 'GET profile', SCOPES_FOR.profile, getProfile),
  method('messages.list', 'GET messages', SCOPES_FOR.readMetadata, messagesList, [...LISTING, 'labelIds']),
  method('messages.get', 'GET messages/{id}', SCOPES_FOR.readMetadata, messagesGet, ['format', 'metadataHeaders']),
  method('messages.attachments.get', 'GET messages/{messageId}/attachments/{id}', SCOPES_FOR.read, attachmentsGet),
  method('messages.modify', 'POST messages/{id}/modify', SCOPES_FOR.modify, messagesModify, [], LABEL_CHANGE),
  method('messages.trash', 'POST messages/{id}/trash', SCOPES_FOR.modify, messagesTrash, [], []),
  method('messages.untrash', 'POST messages/{id}/untrash', SCOPES_FOR.modify, messagesUntrash, [], []),
  method(
    'messages.batchModify',
    'POST messages/batchModify',
    SCOPES_FOR.modify,
    messagesBatchModify,
    [],
    ['ids', ...LABEL_CHANGE],
  ),
  method('threads.list', 'GET threads', SCOPES_FOR.readMetadata, threadsList, [...LISTING, 'labelIds']),
  method('threads.get', 'GET threads/{id}', SCOPES_FOR.readMetadata, threadsGet, ['format', 'metadataHeaders']),
  method('threads.modify', 'POST threads/{id}/modify', SCOPES_FOR.modify, threadsModify, [], LABEL_CHANGE),
  method('threads.trash', 'POST threads/{id}/trash', SCOPES_FOR.modify, threadsTrash, [], []),
  method('threads.untrash', 'POST threads/{id}/untrash', SCOPES_FOR.modify, threadsUntrash, [], []),
  method('labels.list', 'GET labels', SCOPES_FOR.readLabels, labelsList),
  method('labels.get', 'GET labels/{id}', SCOPES_FOR.readLabels, labelsGet),
  method('labels.create', 'POST labels', SCOPES_FOR.writeLabels, labelsCreate, [], LABEL_FIELDS),
  method('labels.update', 'PUT labels/{id}', SCOPES_FOR.writeLabels, labelsPut, [], LABEL_FIELDS),
  method('labels.patch', 'PATCH labels/{id}', SCOPES_FOR.writeLabels, labelsUpdate, [], LABEL_FIELDS),
  method('labels.delete', 'DELETE labels/{id}', SCOPES_FOR.writeLabels, labelsDelete),
  method('history.list', 'GET history', SCOPES_FOR.readMetadata, historyList, [
    'startHistoryId',
    'historyTypes',
    'labelId',
    'maxResults',
    'pageToken',
  ]),
  method('drafts.list', 'GET drafts', SCOPES_FOR.readDrafts, draftsList, LISTING),
  method('drafts.get', 'GET drafts/{id}', SCOPES_FOR.readDrafts, draftsGet, ['format']),
  method('drafts.create', 'POST drafts', SCOPES_FOR.compose, draftsCreate, [], DRAFT_FIELDS),
  method('drafts.update', 'PUT drafts/{id}', SCOPES_FOR.compose, draftsUpdate, [], DRAFT_FIELDS),
  method('drafts.delete', 'DELETE drafts/{id}', SCOPES_FOR.compose, draftsDelete),
  method('drafts.send', 'POST drafts/send', SCOPES_FOR.compose, draftsSend, [], DRAFT_FIELDS),
  method('messages.send', 'POST messages/send', SCOPES_FOR.send, messagesSend, [], MESSAGE_FIELDS),
  method('settings.sendAs.list', 'GET settings/sendAs', SCOPES_FOR.readSettings, sendAsList),
  method('settings.sendAs.get', 'GET settings/sendAs/{sendAsEmail}', SCOPES_FOR.readSettings, sendAsGet),
];

export interface GmailRoute {
  method: GmailMethod;
  userId: string;
  params: Record<string, string>;
}

const PREFIX = '/gmail/v1/users/';
const patterns = GMAIL_METHODS.map((m) => ({ method: m, segments: m.path.split('/') }));
const SEARCHABLE = /^[^?#]*$/;

/** Which method a path means; undefined when Google has none such here. Fixed segments win over variable ones. */
export function routeGmail(verb: string, path: string): GmailRoute | undefined {
  if (!path.startsWith(PREFIX) || !SEARCHABLE.test(path)) return undefined;
  let segments: string[];
  try {
    segments = path.slice(PREFIX.length).split('/').map(decodeURIComponent);
  } catch {
    return undefined;
  }
  const [userId = '', ...rest] = segments;
  if (userId === '' || rest.some((s) => s === '')) return undefined;
  let best: GmailRoute | undefined;
  for (const { method: candidate, segments: wanted } of patterns) {
    if (candidate.verb !== verb || wanted.length !== rest.length) continue;
    const params: Record<string, string> = {};
    const fits = wanted.every((segment, i) => {
      if (!segment.startsWith('{')) return segment === rest[i];
      params[segment.slice(1, -1)] = rest[i] ?? '';
      return true;
    });
    if (!fits) continue;
    if (!best || Object.keys(params).length < Object.keys(best.params).length)
      best = { method: candidate, userId, params };
  }
  return best;
}
